//! What befell, in the reader's language. A step keeps the English sentence; here is what it means in Korean.

use super::Lang;

/// How English sentences about one thing end, and how Korean ones do.
const ENDS: [(&str, &str); 11] = [
    (" loses power", ": 전원 꺼짐"),
    (
        " crashes, and starts again by itself",
        ": 갑자기 멈춤, 저절로 다시 켜짐",
    ),
    (" is switched on again", ": 전원 다시 켜짐"),
    (" is cut off from the network", ": 네트워크 끊김"),
    (" reaches the network again", ": 네트워크 다시 연결됨"),
    (" becomes slow", ": 느려짐"),
    (" fails", ": 고장"),
    (" is fast and sound again", ": 다시 빠르고 멀쩡함"),
    (" restarts", ": 재시작"),
    (" is taken away", ": 제거됨"),
    (" dies of SIGKILL", "SIGKILL로 죽음"),
];

/// Tells in a language what befell; `words` are those of a step. What nobody here knows stays as it is.
pub fn misfortune(words: &str, lang: Lang) -> String {
    if lang == Lang::En {
        return words.to_owned();
    }
    if let Some(told) = super::images::korean(words) {
        return told;
    }
    if let Some((actor, ms)) = words.split_once(" hears nothing for ") {
        return format!("{actor}: {ms} 동안 아무것도 듣지 못함");
    }
    let found = ENDS.iter().find_map(|(en, ko)| Some((words.strip_suffix(en)?, *ko)));
    match found {
        Some((who, ko @ "SIGKILL로 죽음")) => {
            match (who.strip_prefix("the main process of "), who.split_once(" in ")) {
                (Some(pod), _) => format!("{pod}의 주 프로세스가 {ko}"),
                (None, Some((container, pod))) => format!("{pod}의 컨테이너 {container}: {ko}"),
                (None, None) => format!("{who}: {ko}"),
            }
        }
        Some((what, ko)) => format!("{what}{ko}"),
        None => words.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actors::ActorId;
    use crate::sim::Fault;

    #[test]
    fn every_misfortune_has_korean_words() {
        let node = || "node-a1".into();
        let crash = |container: Option<&str>| Fault::Crash {
            namespace: "default".into(),
            pod: "db-0".into(),
            container: container.map(str::to_owned),
        };
        let all = [
            Fault::StopNode(node()),
            Fault::StartNode(node()),
            Fault::CrashNode(node()),
            Fault::Partition(node()),
            Fault::Heal(node()),
            crash(None),
            crash(Some("main")),
            Fault::SlowDisk("vol-1".into()),
            Fault::FailDisk("vol-1".into()),
            Fault::HealDisk("vol-1".into()),
            Fault::Restart(ActorId::kubelet),
            Fault::Stall(ActorId::kubelet, 500),
        ];
        for fault in all {
            let (en, ko) = (fault.to_string(), misfortune(&fault.to_string(), Lang::Ko));
            assert_eq!(misfortune(&en, Lang::En), en);
            let hangul = ko.chars().any(|c| ('가'..='힣').contains(&c));
            let english = ["the ", " is ", " fails", " again", " of ", " for ", " loses"];
            assert!(hangul && !english.iter().any(|word| ko.contains(word)), "{en}: {ko}");
        }
        assert_eq!(misfortune("node-a1 loses power", Lang::Ko), "node-a1: 전원 꺼짐");
        assert_eq!(
            misfortune("main in pod/db-0 dies of SIGKILL", Lang::Ko),
            "pod/db-0의 컨테이너 main: SIGKILL로 죽음"
        );
    }
}
