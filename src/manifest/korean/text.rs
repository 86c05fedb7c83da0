//! What is wrong with the text of a manifest, before it is an object.

use crate::tongue::Sentences;

pub(super) const TEXT: Sentences = &[
    ("there is no object in this file", "이 파일에는 오브젝트가 없습니다"),
    (
        "what follows `...` is not read, here or by kubectl",
        "`...` 뒤에 오는 것은 여기서도 kubectl에서도 읽지 않습니다",
    ),
    ("begin the next document with `---`", "다음 문서는 `---`로 시작하십시오"),
    ("this is a template, not YAML", "YAML이 아니라 템플릿입니다"),
    (
        "render the chart first: helm template NAME CHART > manifests.yaml",
        "먼저 차트를 렌더링하십시오: helm template NAME CHART > manifests.yaml",
    ),
    ("no blank after `{}:`", "`{}:` 뒤에 공백이 없습니다"),
    (
        "write `{}: …`, with a blank after the colon",
        "쌍점 뒤에 공백을 두어 `{}: …`처럼 쓰십시오",
    ),
    ("a second colon in one value", "한 값 안에 쌍점이 두 번 나옵니다"),
    ("put the value in quotes", "값을 따옴표로 묶으십시오"),
    ("`{}` is never closed", "`{}`이(가) 닫히지 않았습니다"),
    (
        "a `{` above is not closed: `,` or `}` was expected here",
        "위의 `{`가 닫히지 않았습니다: 여기에는 `,`나 `}`가 와야 합니다",
    ),
    (
        "a `[` above is not closed: `,` or `]` was expected here",
        "위의 `[`가 닫히지 않았습니다: 여기에는 `,`나 `]`가 와야 합니다",
    ),
    ("a quote above is not closed", "위의 따옴표가 닫히지 않았습니다"),
    (
        "close the quote on the line where it begins",
        "따옴표를 연 줄에서 닫으십시오",
    ),
    (
        "something stands behind the closing quote",
        "닫는 따옴표 뒤에 무언가가 더 있습니다",
    ),
    (
        "put the whole value in one pair of quotes",
        "값 전체를 따옴표 한 쌍으로 묶으십시오",
    ),
    (
        "a backslash in double quotes begins an escape that YAML does not know",
        "큰따옴표 안의 역슬래시가 YAML이 모르는 이스케이프를 시작합니다",
    ),
    ("use single quotes", "작은따옴표를 쓰십시오"),
    ("a byte that is no text", "텍스트가 아닌 바이트가 있습니다"),
    (
        "save the file as UTF-8; this one looks like UTF-16, or is no text at all",
        "파일을 UTF-8로 저장하십시오; UTF-16이거나 텍스트가 아닌 파일로 보입니다",
    ),
    ("a control character", "제어 문자가 있습니다"),
    ("delete it", "지우십시오"),
    ("a value cannot begin with `{}`", "값은 `{}`(으)로 시작할 수 없습니다"),
    ("no anchor of that name above", "위에 그런 이름의 앵커가 없습니다"),
    (
        "put the value in quotes if `*` was meant literally",
        "`*`가 글자 그대로라면 값을 따옴표로 묶으십시오",
    ),
    (
        "a line without a colon between keys",
        "키 사이에 쌍점이 없는 줄이 있습니다",
    ),
    (
        "write `key: value`, or begin a list item with `- `",
        "`key: value`처럼 쓰거나, 목록의 항목이라면 `- `로 시작하십시오",
    ),
    (
        "a key was expected here, not a list item",
        "여기에는 목록의 항목이 아니라 키가 와야 합니다",
    ),
    ("indent the list below its key", "목록을 키 아래로 들여 쓰십시오"),
    (
        "a list item was expected here, not a key",
        "여기에는 키가 아니라 목록의 항목이 와야 합니다",
    ),
    (
        "begin it with `- `, or indent it to its item",
        "`- `로 시작하거나, 속한 항목에 맞추어 들여 쓰십시오",
    ),
    ("a colon where no key can be", "키가 올 수 없는 곳에 쌍점이 있습니다"),
    (
        "a closing bracket that was never opened",
        "연 적이 없는 괄호를 닫고 있습니다",
    ),
    (
        "a list cannot begin on the line of its key",
        "목록은 키와 같은 줄에서 시작할 수 없습니다",
    ),
    ("write the `- ` on a line of its own", "`- `를 다음 줄에 쓰십시오"),
    ("a tab where YAML wants blanks", "공백이 와야 할 곳에 탭이 있습니다"),
    ("replace it by blanks", "공백으로 바꾸십시오"),
    ("more than {} levels", "{}단계보다 깊습니다"),
    (
        "a tab in the indentation: YAML is indented with blanks only",
        "들여쓰기에 탭이 있습니다: YAML은 공백으로만 들여 씁니다",
    ),
    (
        "write blanks instead of the tab, two for each level",
        "탭 대신 단계마다 공백 두 개를 쓰십시오",
    ),
    (
        "write blanks instead of the tabs, two for each level; the same on line {}",
        "탭 대신 단계마다 공백 두 개를 쓰십시오; {}번째 줄도 마찬가지입니다",
    ),
    (
        "write blanks instead of the tabs, two for each level; the same on lines {}",
        "탭 대신 단계마다 공백 두 개를 쓰십시오; {}번째 줄도 마찬가지입니다",
    ),
    (
        "align it with `{}` (column {}) or with `{}` (column {})",
        "`{}`({}번째 칸)이나 `{}`({}번째 칸)에 맞추십시오",
    ),
    ("align it with `{}` (column {})", "`{}`({}번째 칸)에 맞추십시오"),
    (
        "`{}` begins in a column where nothing above it begins",
        "`{}`이(가) 위의 어느 줄과도 맞지 않는 칸에서 시작합니다",
    ),
    (
        "`{}` is indented below `{}`, which already has a value",
        "`{}`이(가) 이미 값이 있는 `{}` 아래로 들여쓰기되어 있습니다",
    ),
    (
        "the file ends where {} was expected",
        "{}이(가) 와야 할 곳에서 파일이 끝납니다",
    ),
    (
        "{} was expected here, not `{}`",
        "여기에는 `{1}`이(가) 아니라 {0}이(가) 와야 합니다",
    ),
    (
        "an object was expected here, not {}",
        "여기에는 {}이(가) 아니라 오브젝트가 와야 합니다",
    ),
    ("a text", "문자열"),
    ("a number", "수"),
    ("a boolean", "참거짓 값"),
    ("a list", "목록"),
    ("a map", "맵"),
    ("nothing", "빈 값"),
    ("a value", "값"),
    ("a key in double quotes", "큰따옴표로 묶은 키"),
    ("`,` or `}`", "`,`나 `}`"),
    ("`,` or `]`", "`,`나 `]`"),
    (
        "a bracket or a quote is still open",
        "닫히지 않은 괄호나 따옴표가 있습니다",
    ),
    ("this quote is not closed", "이 따옴표가 닫히지 않았습니다"),
    ("a text that JSON does not know", "JSON이 모르는 문자열입니다"),
    (
        "write a backslash as `\\\\`, a tab as `\\t`",
        "역슬래시는 `\\\\`, 탭은 `\\t`로 쓰십시오",
    ),
    ("`{}` is no JSON number", "`{}`은(는) JSON의 수가 아닙니다"),
    ("put it in quotes", "따옴표로 묶으십시오"),
    ("`{}` is no JSON value", "`{}`은(는) JSON의 값이 아닙니다"),
    ("put it in double quotes", "큰따옴표로 묶으십시오"),
    ("a key must be a word, not {}", "키는 {}이(가) 아니라 낱말이어야 합니다"),
    (
        "a `{{ … }}` of a chart must be rendered first (`helm template`)",
        "차트의 `{{ … }}`는 먼저 렌더링해야 합니다(`helm template`)",
    ),
    (
        "`{}` is a number that JSON does not have",
        "`{}`은(는) JSON에 없는 수입니다",
    ),
    ("`<<` merges maps only", "`<<`는 맵만 합칩니다"),
    (
        "an alias inside of what it names",
        "별칭(alias)이 자신이 가리키는 것 안에 있습니다",
    ),
    ("`!!binary` must be base64", "`!!binary`는 base64여야 합니다"),
    (
        "aliases unfold to more than 100 levels",
        "별칭(alias)이 100단계보다 깊게 펼쳐집니다",
    ),
    (
        "aliases unfold to more than 100,000 values",
        "별칭(alias)이 값 100,000개 넘게 펼쳐집니다",
    ),
];
