//! What is wrong with the objects of a manifest.

use crate::tongue::Sentences;

pub(super) const OBJECTS: Sentences = &[
    // Kinds.
    (
        "Kubernetes 1.36 has no kind `{}` in `{}`",
        "Kubernetes 1.36의 `{1}`에는 종류(kind) `{0}`이(가) 없습니다",
    ),
    (
        "no CustomResourceDefinition here declares `{}` of `{}`",
        "여기의 어떤 CustomResourceDefinition도 `{1}`의 `{0}`을(를) 선언하지 않습니다",
    ),
    (
        "the object is kept, and nothing acts on it",
        "오브젝트는 보관되지만, 아무것도 이를 다루지 않습니다",
    ),
    (
        "only `kubectl apply -k` reads it: render it with `kubectl kustomize`, and give what that prints; the files beside it are taken as they stand",
        "`kubectl apply -k`만 읽는 파일입니다: `kubectl kustomize`로 렌더링하여 그 출력을 주십시오, 곁에 있는 파일들은 있는 그대로 다룹니다",
    ),
    (
        "apply its CustomResourceDefinition first",
        "먼저 그 CustomResourceDefinition을 적용하십시오",
    ),
    ("write `apiVersion: {}`", "`apiVersion: {}`(으)로 쓰십시오"),
    ("did you mean `{}` of `{}`?", "`{1}`의 `{0}`을(를) 뜻하셨습니까?"),
    ("did you mean `{}`?", "`{}`을(를) 뜻하셨습니까?"),
    (
        "it was removed in Kubernetes 1.25; leave it out",
        "Kubernetes 1.25에서 없어졌습니다; 빼십시오",
    ),
    ("`{}` is missing", "`{}`이(가) 없습니다"),
    ("write `{}`, not `{}`", "`{1}`이(가) 아니라 `{0}`(으)로 쓰십시오"),
    ("`{}` must be a text", "`{}`은(는) 문자열이어야 합니다"),
    ("add `apiVersion: {}`", "`apiVersion: {}`을(를) 추가하십시오"),
    (
        "an object begins with `apiVersion:` and `kind:`",
        "오브젝트는 `apiVersion:`과 `kind:`로 시작합니다",
    ),
    // Fields.
    (
        "`{}` belongs to the item of `{}` above: indent it",
        "`{}`은(는) 위의 `{}`의 항목에 속합니다: 들여 쓰십시오",
    ),
    (
        "put it below the first word behind the `- ` of `{}`",
        "`{}`의 `- ` 뒤 첫 낱말 아래에 맞추십시오",
    ),
    (
        "`{}` belongs under `{}`: indent it",
        "`{}`은(는) `{}` 아래에 속합니다: 들여 쓰십시오",
    ),
    (
        "put two blanks before `{}`, and before all that belongs to it",
        "`{}`과(와) 그에 속한 모든 줄 앞에 공백 두 개를 넣으십시오",
    ),
    ("unknown field `{}`", "`{}`은(는) 모르는 필드입니다"),
    (
        "write `- {}`, with a blank, to begin a list item",
        "목록의 항목을 시작하려면 공백을 두어 `- {}`처럼 쓰십시오",
    ),
    (
        "`{}` belongs in an item of `{}`",
        "`{}`은(는) `{}`의 항목 안에 속합니다",
    ),
    (
        "`{}` belongs at the top, beside `kind`",
        "`{}`은(는) 맨 위, `kind` 옆에 속합니다",
    ),
    ("`{}` belongs under `{}`", "`{}`은(는) `{}` 아래에 속합니다"),
    (
        "`{}` stands twice; the last one counts",
        "`{}`이(가) 두 번 나옵니다; 마지막 것이 쓰입니다",
    ),
    ("the other is on line {}", "다른 하나는 {}번째 줄에 있습니다"),
    (
        "`{}` is missing, which the schema of Kubernetes requires",
        "Kubernetes의 스키마가 요구하는 `{}`이(가) 없습니다",
    ),
    // Types.
    (
        "`{}` must be {}, not {}",
        "`{0}`은(는) {2}이(가) 아니라 {1}(이)어야 합니다",
    ),
    ("a whole number", "정수"),
    ("a smaller number", "더 작은 수"),
    ("true or false", "true나 false"),
    ("an amount, such as 500m or 1Gi", "500m이나 1Gi 같은 양"),
    ("a number or a text", "수나 문자열"),
    ("a time, such as 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z 같은 시각"),
    ("a text in base64", "base64 문자열"),
    ("put it in quotes: {}", "따옴표로 묶으십시오: {}"),
    ("take the quotes away: {}", "따옴표를 떼십시오: {}"),
    ("write true, without quotes", "따옴표 없이 true로 쓰십시오"),
    ("write false, without quotes", "따옴표 없이 false로 쓰십시오"),
    ("write true or false", "true나 false로 쓰십시오"),
    ("begin each item with `- `", "항목마다 `- `로 시작하십시오"),
    ("write it as a list: {}", "목록으로 쓰십시오: {}"),
    ("take the `- ` away", "`- `를 떼십시오"),
    (
        "write `key: value`, with a blank after the colon",
        "쌍점 뒤에 공백을 두어 `key: value`처럼 쓰십시오",
    ),
    ("`{}`: `{}` is no amount", "`{}`: `{}`은(는) 양이 아닙니다"),
    (
        "did you mean `{}` (1024-based) or `{}` (1000-based)?",
        "`{}`(1024 단위)나 `{}`(1000 단위)를 뜻하셨습니까?",
    ),
    (
        "write a number with a unit: 500m, 0.5, 2, 64Mi, 1Gi",
        "단위가 있는 수로 쓰십시오: 500m, 0.5, 2, 64Mi, 1Gi",
    ),
    ("`{}`: `{}` is no time", "`{}`: `{}`은(는) 시각이 아닙니다"),
    ("write it as 2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z처럼 쓰십시오"),
    ("`{}` must be base64", "`{}`은(는) base64여야 합니다"),
    (
        "write it under `stringData`, or as {}",
        "`stringData` 아래에 쓰거나, {}(으)로 쓰십시오",
    ),
    // What the API server refuses.
    (
        "{} (the object is taken, its pods are refused)",
        "{} (오브젝트는 받아들여지지만, 그 Pod는 거부됩니다)",
    ),
    ("{} is no value of `{}`", "{}은(는) `{}`의 값이 될 수 없습니다"),
    ("`{}`: {} is used twice", "`{}`: {}이(가) 두 번 쓰였습니다"),
    ("`{}`: there is no {}", "`{}`: {}이(가) 없습니다"),
    (
        "the selector does not match the labels of the template",
        "셀렉터가 템플릿의 레이블과 맞지 않습니다",
    ),
    ("`{}` is missing: {}", "`{}`이(가) 없습니다: {}"),
    ("`{}` must specify {}", "`{}`: {}이(가) 필요합니다"),
    ("`{}`: {} must be unique", "`{}`: {}은(는) 하나뿐이어야 합니다"),
    (
        "`{}`: {} must be greater than or equal to {}",
        "`{}`: {}은(는) {} 이상이어야 합니다",
    ),
    ("`{}`: {} must be greater than {}", "`{}`: {}은(는) {}보다 커야 합니다"),
    (
        "`{}`: {} must be less than or equal to {}",
        "`{}`: {}은(는) {} 이하여야 합니다",
    ),
    ("zero", "0"),
    ("{} limit of {}", "{}의 상한 {}"),
    (
        "`{}`: {} must be between {} and {}, inclusive",
        "`{}`: {}은(는) {} 이상 {} 이하여야 합니다",
    ),
    (
        "`{}`: {} may only have small letters, digits, `-` and `.`, and begins and ends with a letter or digit",
        "`{}`: {}에는 소문자, 숫자, `-`, `.`만 쓸 수 있고, 글자나 숫자로 시작하고 끝나야 합니다",
    ),
    (
        "`{}`: {} may only have small letters, digits and `-`, and begins and ends with a letter or digit",
        "`{}`: {}에는 소문자, 숫자, `-`만 쓸 수 있고, 글자나 숫자로 시작하고 끝나야 합니다",
    ),
    (
        "`{}`: {} is no label: letters, digits, `-`, `_` and `.` only, beginning and ending with a letter or digit",
        "`{}`: {}은(는) 레이블의 값이 될 수 없습니다: 글자, 숫자, `-`, `_`, `.`만 쓰고, 글자나 숫자로 시작하고 끝나야 합니다",
    ),
    (
        "`{}`: {} is no label's key: letters, digits, `-`, `_` and `.` only, perhaps behind `example.com/`",
        "`{}`: {}은(는) 레이블의 키가 될 수 없습니다: 글자, 숫자, `-`, `_`, `.`만 쓰고, 앞에 `example.com/`이 올 수 있습니다",
    ),
    (
        "`{}`: {} is no key: letters, digits, `-`, `_` and `.` only",
        "`{}`: {}은(는) 키가 될 수 없습니다: 글자, 숫자, `-`, `_`, `.`만 쓸 수 있습니다",
    ),
    (
        "`{}`: {} is no name of a variable",
        "`{}`: {}은(는) 변수의 이름이 될 수 없습니다",
    ),
    (
        "`{}`: {} is neither a number nor a percentage such as 25%",
        "`{}`: {}은(는) 수도 25% 같은 백분율도 아닙니다",
    ),
    ("only `{}` can stand here", "여기에는 `{}`만 올 수 있습니다"),
    ("one of {}", "{} 가운데 하나를 쓰십시오"),
    ("the first is on line {}", "첫 번째는 {}번째 줄에 있습니다"),
    (
        "raise the limit, or lower the request",
        "상한(limit)을 올리거나 요청(request)을 낮추십시오",
    ),
    (
        "leave it out, and a free one is given",
        "빼면 비어 있는 것이 주어집니다",
    ),
    (
        "minute hour day-of-month month day-of-week, such as \"*/5 * * * *\"",
        "분 시 일 월 요일의 순서입니다, 예: \"*/5 * * * *\"",
    ),
    ("keep it or `{}`", "이것이나 `{}` 가운데 하나만 남기십시오"),
    (
        "add `selector: {matchLabels: {}}`, the template's labels",
        "템플릿의 레이블인 `selector: {matchLabels: {0}}`을(를) 추가하십시오",
    ),
    (
        "add `selector: {matchLabels: {app: NAME}}`, and the same labels to the template",
        "`selector: {matchLabels: {app: NAME}}`을 추가하고, 템플릿에도 같은 레이블을 붙이십시오",
    ),
    (
        "add `image: NAME:TAG`, such as `image: postgres:16`",
        "`image: 이름:태그`를 추가하십시오, 예: `image: postgres:16`",
    ),
    (
        "a pod needs at least one container",
        "Pod에는 컨테이너가 하나 이상 있어야 합니다",
    ),
    (
        "add `resources: {requests: {storage: 10Gi}}`",
        "`resources: {requests: {storage: 10Gi}}`를 추가하십시오",
    ),
    (
        "add `accessModes: [ReadWriteOnce]`",
        "`accessModes: [ReadWriteOnce]`를 추가하십시오",
    ),
    (
        "add `ports: [{port: 5432}]`, or `clusterIP: None` for a headless Service",
        "`ports: [{port: 5432}]`를 추가하거나, 헤드리스 Service라면 `clusterIP: None`을 쓰십시오",
    ),
    (
        "add `restartPolicy: OnFailure` or `restartPolicy: Never`: a Job ends",
        "`restartPolicy: OnFailure`나 `restartPolicy: Never`를 추가하십시오: Job은 끝나는 것입니다",
    ),
    (
        "add `metadata: {name: NAME}`",
        "`metadata: {name: 이름}`을 추가하십시오",
    ),
    (
        "each of several ports needs a name, such as `name: http`",
        "포트가 여럿이면 저마다 이름이 있어야 합니다, 예: `name: http`",
    ),
    ("no labels", "레이블 없음"),
    ("the template has {}", "템플릿에 있는 것: {}"),
    (
        "the selector wants {}, the template has {}",
        "셀렉터가 찾는 것: {}, 템플릿에 있는 것: {}",
    ),
    ("declare it under `{}.volumes`", "`{}.volumes` 아래에 선언하십시오"),
    (
        "declare it under `{}.volumes` or `spec.volumeClaimTemplates`",
        "`{}.volumes`나 `spec.volumeClaimTemplates` 아래에 선언하십시오",
    ),
    (
        "declare it under `{}.volumes`, where now: {}",
        "`{}.volumes` 아래에 선언하십시오, 지금 있는 것: {}",
    ),
    (
        "declare it under `{}.volumes` or `spec.volumeClaimTemplates`, where now: {}",
        "`{}.volumes`나 `spec.volumeClaimTemplates` 아래에 선언하십시오, 지금 있는 것: {}",
    ),
    // Advice.
    (
        "a StatefulSet without `serviceName`: its pods get no host names of their own",
        "`serviceName`이 없는 StatefulSet: Pod가 저마다의 호스트 이름을 갖지 못합니다",
    ),
    (
        "name a headless Service (`clusterIP: None`) that selects these pods",
        "이 Pod들을 고르는 헤드리스 Service(`clusterIP: None`)의 이름을 쓰십시오",
    ),
    (
        "no Service `{}` is among these manifests",
        "이 매니페스트들 가운데 Service `{}`이(가) 없습니다",
    ),
    (
        "without it the pods have no host names of their own",
        "그것이 없으면 Pod가 저마다의 호스트 이름을 갖지 못합니다",
    ),
];
