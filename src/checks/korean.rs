//! What checks claim and what they see, in Korean.

use crate::tongue::{Sentences, Table};

/// Claims, and what was seen.
pub const KOREAN: Table = Table(&[CLAIMS, SEEN]);

const CLAIMS: Sentences = &[
    (
        "As many pods are ready as were asked for, and every claim is bound.",
        "요청한 만큼의 Pod가 준비되어 있고, 모든 클레임이 바인딩되어 있습니다.",
    ),
    (
        "A StatefulSet's pod mounts the claims that bear its own name, whenever it is made again.",
        "StatefulSet의 Pod는 다시 만들어질 때마다 제 이름이 붙은 클레임을 마운트합니다.",
    ),
    (
        "A StatefulSet that is OrderedReady makes a pod only when those of lower ordinals are there and were ready.",
        "OrderedReady인 StatefulSet은 더 낮은 순번의 Pod가 있고 준비된 적이 있을 때에만 Pod를 만듭니다.",
    ),
    (
        "On every node, the requests of its pods fit into what the node has to give.",
        "모든 노드에서, Pod의 요청을 합친 것은 노드가 줄 수 있는 것을 넘지 않습니다.",
    ),
    (
        "Every row that was acknowledged to a client can be read.",
        "클라이언트에게 저장되었다고 알린 행은 모두 읽을 수 있습니다.",
    ),
    (
        "The files of a database are never written by two pods at once.",
        "데이터베이스의 파일은 결코 두 Pod가 동시에 쓰지 않습니다.",
    ),
    (
        "A pod runs only on a node from which its volumes can be reached.",
        "Pod는 볼륨에 닿을 수 있는 노드에서만 실행됩니다.",
    ),
];

const SEEN: Sentences = &[
    ("there is no {}", "{}이(가) 없습니다"),
    ("{} asked for, {} as asked", "요청한 것 {}개, 요청대로 된 것 {}개"),
    (
        "{} asks for {} ready pods and has {}",
        "{}이(가) 요청한 준비된 Pod는 {}개인데 {}개입니다",
    ),
    (
        "{} asks for {} pods of its newest template and has {}",
        "{}이(가) 요청한 최신 템플릿의 Pod는 {}개인데 {}개입니다",
    ),
    (
        "{} asks for {} pods and has {}",
        "{}이(가) 요청한 Pod는 {}개인데 {}개입니다",
    ),
    ("{} has failed: {}", "{}이(가) 실패했습니다: {}"),
    ("{} is not complete", "{}이(가) 끝나지 않았습니다"),
    (
        "{} is asked to end and still there",
        "{}이(가) 종료 요청을 받고도 아직 남아 있습니다",
    ),
    (
        "{} is running and not ready",
        "{}이(가) 실행 중이지만 준비되지 않았습니다",
    ),
    ("{} is Pending", "{}이(가) Pending 상태입니다"),
    ("{} is Failed", "{}이(가) Failed 상태입니다"),
    ("{} is Unknown", "{}이(가) Unknown 상태입니다"),
    ("{} is Pending ({})", "{}이(가) Pending({}) 상태입니다"),
    ("{} is Running ({})", "{}이(가) Running({}) 상태입니다"),
    ("{} is Failed ({})", "{}이(가) Failed({}) 상태입니다"),
    ("{} is Unknown ({})", "{}이(가) Unknown({}) 상태입니다"),
    ("{} has lost its volume", "{}이(가) 볼륨을 잃었습니다"),
    (
        "{} does not mount its claim {}",
        "{}이(가) 자기 클레임 {}을(를) 마운트하지 않습니다",
    ),
    ("the claim {} of {} is not there", "{1}의 클레임 {0}이(가) 없습니다"),
    ("pod/{} has {} on volume {}", "pod/{}의 {}은(는) 볼륨 {}에 있습니다"),
    ("{} has no pod", "{}의 Pod가 없습니다"),
    (
        "no pod of a StatefulSet has a claim yet",
        "아직 클레임을 가진 StatefulSet의 Pod가 없습니다",
    ),
    (
        "{} was made before {} was there and ready",
        "{1}이(가) 있고 준비되기 전에 {0}이(가) 만들어졌습니다",
    ),
    (
        "{} pods were made, each after those of lower ordinals",
        "Pod {}개가 만들어졌고, 저마다 더 낮은 순번 다음이었습니다",
    ),
    (
        "{} has promised {} of {} and has {}",
        "{0}이(가) 약속한 {2}은(는) {1}인데, 가진 것은 {3}입니다",
    ),
    (
        "{} nodes with pods, none overfull",
        "Pod가 있는 노드 {}개, 넘친 노드는 없습니다",
    ),
    (
        "of {} orders acknowledged to {}, {} are gone: {}",
        "{1}에 확인된 주문 {0}개 가운데 {2}개가 사라졌습니다: {3}",
    ),
    // The first five are named.
    ("{}, {}, {}, {}, {} and {} more", "{}, {}, {}, {}, {} 외 {}개"),
    ("{} cannot read its orders: {}", "{}이(가) 주문을 읽을 수 없습니다: {}"),
    ("no client has written anything", "무언가를 쓴 클라이언트가 없습니다"),
    (
        "{} orders were acknowledged, and all can be read",
        "확인된 주문 {}개를 모두 읽을 수 있습니다",
    ),
    (
        "{} and {} write to the same files ({})",
        "{}과(와) {}이(가) 같은 파일에 쓰고 있습니다({})",
    ),
    (
        "{} write to the same files ({})",
        "{}이(가) 같은 파일에 쓰고 있습니다({})",
    ),
    (
        "no database runs on a volume",
        "볼륨 위에서 실행되는 데이터베이스가 없습니다",
    ),
    (
        "one database runs on a volume, and one pod writes to it",
        "데이터베이스 하나가 볼륨 위에서 실행되고, Pod 하나가 거기에 씁니다",
    ),
    (
        "{} databases run on volumes, and one pod writes to each",
        "데이터베이스 {}개가 볼륨 위에서 실행되고, 저마다 Pod 하나가 씁니다",
    ),
    (
        "{} is on {} in {}, and its volume {} cannot be reached from there",
        "{0}은(는) {2}의 {1}에 있는데, 거기서는 볼륨 {3}에 닿을 수 없습니다",
    ),
    (
        "{} and its volume are both in {}",
        "{}과(와) 그 볼륨이 모두 {}에 있습니다",
    ),
    ("no pod has a volume", "볼륨을 가진 Pod가 없습니다"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::ALL;

    #[test]
    fn every_claim_is_told_in_korean() {
        for check in ALL {
            assert!(KOREAN.korean(check.claim).is_some(), "{}", check.claim);
        }
    }

    #[test]
    fn what_is_seen_is_told_in_korean() {
        for (seen, told) in [
            (
                "deployment/db asks for 2 ready pods and has 1",
                "deployment/db가 요청한 준비된 Pod는 2개인데 1개입니다",
            ),
            (
                "pod/a is Pending (ImagePullBackOff); pvc/b is Pending",
                "pod/a가 Pending(ImagePullBackOff) 상태입니다; pvc/b가 Pending 상태입니다",
            ),
            (
                "of 9 orders acknowledged to shop, 7 are gone: 1, 2, 3, 4, 5 and 2 more",
                "shop에 확인된 주문 9개 가운데 7개가 사라졌습니다: 1, 2, 3, 4, 5 외 2개",
            ),
        ] {
            assert_eq!(KOREAN.korean(seen).as_deref(), Some(told));
        }
    }
}
