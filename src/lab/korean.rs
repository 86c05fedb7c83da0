//! What is wrong with a lab that somebody asks for, and what became of a rehearsal, in Korean. What only the author of a lab
//! meets is told in English.

use crate::tongue::{Sentences, Table};

/// What is wrong, what to do about it, and what became of what was asked for.
pub const KOREAN: Table = Table(&[ASKED, BECAME]);

const ASKED: Sentences = &[
    ("there is no lab `{}`", "실습 `{}`은(는) 없습니다"),
    (
        "did you mean `{}`? there are {}",
        "`{}`을(를) 뜻하셨습니까? 있는 것: {}",
    ),
    ("there are {}", "있는 것: {}"),
    ("{} has no act `{}`", "{}에는 `{}` 막이 없습니다"),
    ("it has {}", "있는 것: {}"),
    (
        "`{}` is neither an act, as `b`, nor a step of one, as `b.7`",
        "`{}`은(는) `b` 같은 막도, `b.7` 같은 단계도 아닙니다",
    ),
    ("act {} of {} has no step {}", "{1}의 {0} 막에는 {2}단계가 없습니다"),
    ("it has the steps 1 to {}", "단계는 1부터 {}까지 있습니다"),
    ("cannot read {}: {}", "{}을(를) 읽을 수 없습니다: {}"),
    (
        "labs are looked for in the folder `labs`",
        "실습은 `labs` 폴더에서 찾습니다",
    ),
    ("`{}` is no kubectl command", "`{}`은(는) kubectl 명령이 아닙니다"),
    (
        "a quote is opened and not closed in `{}`",
        "`{}`에서 따옴표가 닫히지 않았습니다",
    ),
];

const BECAME: Sentences = &[
    ("{}/{} ready", "준비됨 {}/{}"),
    ("gone", "사라짐"),
    ("complete", "완료"),
    ("{} active, {} succeeded, {} failed", "실행 중 {}, 성공 {}, 실패 {}"),
    ("Pending until a pod uses it", "쓰는 Pod가 생길 때까지 Pending"),
    ("and {} more say the same", "그 밖의 {}개도 같음"),
    ("and {} more reasons", "그 밖의 이유 {}가지"),
    (
        "each spoils what the other writes: run one replica with strategy Recreate, or a StatefulSet, whose volumeClaimTemplates give each pod a volume of its own",
        "서로 상대가 쓴 것을 망가뜨림: 레플리카를 하나만 strategy Recreate로 돌리거나, volumeClaimTemplates로 Pod마다 제 볼륨을 주는 StatefulSet 쓰기",
    ),
    ("no endpoint", "엔드포인트 없음"),
    ("refused", "연결 거부"),
    (
        "connections to port {} are refused: they are sent to port {} of pod/{}, which listens to no other pod",
        "{0}번 포트로 오는 연결이 거부됨: pod/{2}의 {1}번 포트로 보내는데, 이 Pod는 다른 Pod에서 오는 연결을 받지 않음",
    ),
    (
        "connections to port {} are refused: they are sent to port {} of pod/{}, which listens at {}",
        "{0}번 포트로 오는 연결이 거부됨: pod/{2}의 {1}번 포트로 보내는데, 이 Pod는 {3}번에서 듣고 있음",
    ),
    ("no pod is labelled {}", "레이블 {}이(가) 붙은 Pod가 없음"),
    ("{}: container {} waits: {}", "{}: 컨테이너 {} 대기 중: {}"),
    ("{}, last exit code {}", "{}, 마지막 종료 코드 {}"),
    (
        "{}: asked to end, and still there",
        "{}: 종료 요청을 받고도 아직 남아 있음",
    ),
    ("{}: {}, not ready", "{}: {}, 준비되지 않음"),
    (
        "after {} minutes of virtual time there was still no rest",
        "가상 시간으로 {}분이 지나도 안정되지 않았습니다",
    ),
    (
        "{} was refused by the API server: {}",
        "API 서버가 {}을(를) 거부했습니다: {}",
    ),
    ("{} is left out: {}", "{}은(는) 빠졌습니다: {}"),
    (
        "namespace `{}` is not among the manifests: it was made, as `helm install --create-namespace` would",
        "네임스페이스 `{}`이(가) 매니페스트에 없어 만들었습니다, `helm install --create-namespace`와 같습니다",
    ),
    (
        "a claim names no StorageClass, and none of the manifests is a default one: gp3 was made the default, as `pglab cluster create` makes it; a new EKS cluster has none since 1.30, so look there first: kubectl get storageclass",
        "클레임이 StorageClass를 지정하지 않았고 매니페스트에 기본 클래스도 없어, `pglab cluster create`처럼 gp3를 기본으로 만들었습니다; EKS는 1.30부터 새 클러스터에 기본 클래스가 없으므로 거기서는 먼저 확인하십시오: kubectl get storageclass",
    ),
];
