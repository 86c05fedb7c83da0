//! What is wrong with what a person typed, in Korean.

use crate::tongue::{Lang, Sentences, Table};
use crate::{checks, lab, manifest, workspace};

/// Returns what is wrong, or what to do about it, in a language: of this floor and of those below it.
pub(super) fn tell(text: &str, lang: Lang) -> String {
    let tables = [KOREAN, workspace::KOREAN, lab::KOREAN, manifest::KOREAN, checks::KOREAN];
    let told = match lang {
        Lang::En => None,
        Lang::Ko => tables.iter().find_map(|table| table.korean(text)),
    };
    told.unwrap_or_else(|| text.to_owned())
}

/// What is wrong, and what to do about it.
const KOREAN: Table = Table(&[SENTENCES]);

const SENTENCES: Sentences = &[
    (
        "two zones would have nodes of the same name",
        "두 가용 영역에 이름이 같은 노드가 생깁니다",
    ),
    (
        "a zone's nodes bear what stands after its last hyphen: let that differ",
        "노드의 이름은 가용 영역 이름의 마지막 하이픈 뒤를 땁니다: 그 부분을 다르게 하십시오",
    ),
    ("there is no state directory", "상태 디렉터리가 없습니다"),
    ("set HOME or XDG_STATE_HOME", "HOME이나 XDG_STATE_HOME을 설정하십시오"),
    ("there is no journal {}", "저널 {}이(가) 없습니다"),
    (
        "`pglab cluster restore` lists the journals that there are",
        "`pglab cluster restore`가 있는 저널을 보여 줍니다",
    ),
    ("there is no node {}", "노드 {}이(가) 없습니다"),
    ("there are {}", "있는 것: {}"),
    ("`{}` is no name of a node", "`{}`은(는) 노드의 이름이 될 수 없습니다"),
    ("write it as in node-a3", "node-a3처럼 쓰십시오"),
    ("there is a node {} already", "노드 {}이(가) 이미 있습니다"),
    ("take another name", "다른 이름을 쓰십시오"),
    ("there is no zone {}", "가용 영역 {}이(가) 없습니다"),
    ("there is no volume {}", "볼륨 {}이(가) 없습니다"),
    (
        "there is no claim in this namespace",
        "이 네임스페이스에는 클레임이 없습니다",
    ),
    ("the claims here are {}", "여기 있는 클레임: {}"),
    (
        "an image cannot be told to do `{}`",
        "이미지에 `{}`을(를) 시킬 수는 없습니다",
    ),
    (
        "write missing, crashes, never-ready, exits=CODE, exits=CODE,after=2s, or default",
        "missing, crashes, never-ready, exits=코드, exits=코드,after=2s, default 가운데 하나를 쓰십시오",
    ),
    ("--lang needs a language", "--lang에는 언어가 있어야 합니다"),
    ("there is no language `{}`", "언어 `{}`은(는) 없습니다"),
    ("write --lang en or --lang ko", "--lang en이나 --lang ko로 쓰십시오"),
    ("standard input cannot be read: {}", "표준 입력을 읽을 수 없습니다: {}"),
    ("pipe it in once more", "다시 파이프로 넣으십시오"),
    (
        "standard input is not UTF-8 text",
        "표준 입력이 UTF-8 텍스트가 아닙니다",
    ),
    ("pipe text in", "텍스트를 파이프로 넣으십시오"),
    ("there is no manifest in {}", "{}에 매니페스트가 없습니다"),
    ("write a whole number from 0 to {}", "0부터 {}까지의 정수를 쓰십시오"),
    ("there is no object in {}", "{}에 오브젝트가 없습니다"),
    (
        "a manifest has apiVersion, kind, metadata and mostly spec; `pglab run --help` shows what else can be played",
        "매니페스트에는 apiVersion, kind, metadata, 그리고 대개 spec이 있습니다; 그 밖에 실행할 수 있는 것은 `pglab run --help`가 보여 줍니다",
    ),
    (
        "manifests are files that end in .yaml, .yml or .json",
        "매니페스트는 .yaml, .yml, .json으로 끝나는 파일입니다",
    ),
    (
        "write it as in --then 'kubectl get pods'",
        "--then 'kubectl get pods'처럼 쓰십시오",
    ),
    ("cannot read {}: {}", "{}을(를) 읽을 수 없습니다: {}"),
    (
        "see whether it is there, and is UTF-8 text",
        "파일이 있는지, UTF-8 텍스트인지 확인하십시오",
    ),
    ("cannot write {}: {}", "{}에 쓸 수 없습니다: {}"),
    ("name a file that can be written", "쓸 수 있는 파일의 이름을 주십시오"),
    (
        "the current folder cannot be read: {}",
        "현재 폴더를 읽을 수 없습니다: {}",
    ),
    ("go to a folder that is there", "있는 폴더로 가십시오"),
    ("cannot write the output: {}", "출력을 쓸 수 없습니다: {}"),
    (
        "see whether the disk is full, or the file cannot be written",
        "디스크가 가득 찼는지, 파일에 쓸 수 있는지 확인하십시오",
    ),
    ("that is more than thirty days", "30일보다 깁니다"),
    ("let time pass in smaller parts", "시간을 나누어 보내십시오"),
    (
        "give a step of `pglab time log`, or a span such as -30s",
        "`pglab time log`의 단계나 -30s 같은 시간을 주십시오",
    ),
    (
        "`{}` is no span of time: write 500ms, 30s, 1m30s or 2h",
        "`{}`은(는) 시간이 아닙니다: 500ms, 30s, 1m30s, 2h처럼 쓰십시오",
    ),
    ("there are en and ko", "en과 ko가 있습니다"),
    (
        "`{}` is no name of a zone: write it as in zone-a",
        "`{}`은(는) 가용 영역의 이름이 될 수 없습니다: zone-a처럼 쓰십시오",
    ),
    (
        "`{}` is no quantity: write 4, 500m or 16Gi",
        "`{}`은(는) 양이 아닙니다: 4, 500m, 16Gi처럼 쓰십시오",
    ),
    ("`{}` is too little", "`{}`은(는) 너무 적습니다"),
    (
        "there is no setting `{}`: did you mean `{}`? `pglab cluster settings` lists them all",
        "설정 `{}`은(는) 없습니다: `{}`을(를) 뜻하셨습니까? `pglab cluster settings`가 모두 보여 줍니다",
    ),
    ("`{}` is not NAME=VALUE", "`{}`은(는) 이름=값의 꼴이 아닙니다"),
    ("{} needs a unit: {} or {}", "{}에는 단위가 있어야 합니다: {}나 {}"),
    (
        "{} is a whole number, not `{}`",
        "{}은(는) `{}`이(가) 아니라 정수여야 합니다",
    ),
    ("{} cannot be {}", "{}의 값으로 {}을(를) 쓸 수 없습니다"),
    ("`{}` is no step and no span", "`{}`은(는) 단계도 시간도 아닙니다"),
    ("that names two objects", "오브젝트 둘을 가리킵니다"),
    ("write pglab why pod/pg-0", "pglab why pod/pg-0처럼 쓰십시오"),
    ("`{}` is no kind of object", "오브젝트의 종류 `{}`은(는) 없습니다"),
    (
        "`pglab kubectl api-resources` lists the kinds",
        "`pglab kubectl api-resources`가 종류를 보여 줍니다",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tongue::sources::sentences;

    #[test]
    fn all_that_can_be_wrong_is_told_in_korean() {
        let calls = ["Failure::wrong(", "Trouble::new(", "Error::new(", "damaged(", " wrong("];
        let places = ["cli", "workspace"];
        let said = places.into_iter().flat_map(|place| sentences(place, &calls));
        // What readers of values say; other files hold what kubectl says itself.
        let readers = [
            "cli/cluster.rs",
            "cli/settings.rs",
            "cli/place.rs",
            "workspace/state.rs",
        ];
        let read = [
            "Err(format!(",
            "map_err(|_| format!(",
            "ok_or_else(|| format!(",
            "wrong = || format!(",
        ];
        let said = said.chain(readers.into_iter().flat_map(|place| sentences(place, &read)));
        let hangul = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
        // What the system says of a file is its own.
        let has_words = |text: &str| text.replace("x1", "").chars().any(char::is_alphabetic);
        let mute: Vec<String> = said
            .filter(|text| has_words(text) && !hangul(&tell(text, Lang::Ko)))
            .collect();
        assert_eq!(mute, Vec::<String>::new());
        let told = tell("there is no node x1", Lang::Ko);
        assert_eq!(told, "노드 x1이 없습니다");
        assert_eq!(tell("there is no node x1", Lang::En), "there is no node x1");
    }
}
