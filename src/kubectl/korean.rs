//! The hints of pglab's own after kubectl's words, in Korean. What kubectl itself says is never told in another language.

use crate::tongue::{Sentences, Table};

/// Hints.
pub(super) const KOREAN: Table = Table(&[VERBS, FLAGS]);

const VERBS: Sentences = &[
    (
        "write a change with kubectl patch, or a whole manifest with kubectl apply",
        "바꿀 것만 kubectl patch로 쓰거나, 매니페스트 전체를 kubectl apply로 쓰십시오",
    ),
    (
        "--raw knows /healthz, /livez, /readyz, /version, /api, /apis and the lists of kinds below them",
        "--raw는 /healthz, /livez, /readyz, /version, /api, /apis와 그 아래의 종류별 목록을 압니다",
    ),
    (
        "write what it shall be to a file, and say kubectl apply set-last-applied -f FILE --create-annotation",
        "원하는 내용을 파일에 쓴 뒤 kubectl apply set-last-applied -f 파일 --create-annotation",
    ),
    (
        "its CustomResourceDefinition holds its schema: kubectl get crd -o yaml",
        "스키마는 CustomResourceDefinition에 있습니다: kubectl get crd -o yaml",
    ),
    (
        "kubectl explain {} --recursive lists all that there are",
        "kubectl explain {} --recursive가 있는 필드를 모두 보여 줍니다",
    ),
    (
        "it is kept and served; nothing here measures load, so it never scales",
        "보관되고 조회되지만, 여기서는 부하를 재지 않으므로 규모를 바꾸지 않습니다",
    ),
    (
        "every manifest is validated strictly here; mend what it complains of",
        "여기서는 모든 매니페스트를 엄격하게 검사합니다; 지적된 것을 고치십시오",
    ),
    (
        "write a manifest, and give it to kubectl create -f",
        "매니페스트를 써서 kubectl create -f에 주십시오",
    ),
    (
        "kubectl config set-context --current --namespace=NAME keeps another namespace",
        "네임스페이스를 바꾸려면 kubectl config set-context --current --namespace=이름",
    ),
    (
        "name the namespace with -n in each command",
        "명령마다 -n으로 네임스페이스를 지정하십시오",
    ),
    (
        "nothing is measured here: a container that runs counts as using what it requests",
        "여기서는 아무것도 재지 않습니다: 실행 중인 컨테이너는 요청한 만큼 쓴다고 봅니다",
    ),
    (
        "see why it does not run: kubectl describe pod {}",
        "왜 실행되지 않는지 보십시오: kubectl describe pod {}",
    ),
    (
        "download the file, and name it with -f",
        "파일을 내려받아 -f로 지정하십시오",
    ),
    (
        "kubectl would go on waiting for {}; here somebody pressed Ctrl-C after {} minutes",
        "kubectl은 계속 기다렸을 것입니다({}); 여기서는 {}분 뒤 누군가 Ctrl-C를 눌렀습니다",
    ),
    (
        "kubectl exec POD -- curl http://localhost:PORT asks a port from inside; kubectl run -it --rm asks it from another pod",
        "안에서 포트에 물으려면 kubectl exec POD -- curl http://localhost:PORT, 다른 Pod에서 물으려면 kubectl run -it --rm",
    ),
    (
        "kubectl get -o json shows what the API would answer",
        "API의 대답은 kubectl get -o json으로 볼 수 있습니다",
    ),
    (
        "kubectl exec runs a command in a container; kubectl run -it --rm starts a pod beside it",
        "컨테이너 안에서 명령을 실행하려면 kubectl exec, 곁에 Pod를 띄우려면 kubectl run -it --rm",
    ),
    (
        "build it with kustomize, and give what it prints to kubectl apply -f",
        "kustomize로 빌드해서 출력된 것을 kubectl apply -f에 주십시오",
    ),
    (
        "a CertificateSigningRequest is kept and served, and nothing acts on it",
        "CertificateSigningRequest는 보관되고 조회되지만, 아무것도 이를 다루지 않습니다",
    ),
    (
        "every command runs as the cluster's administrator; see kubectl auth whoami",
        "모든 명령은 클러스터 관리자로 실행됩니다; kubectl auth whoami를 보십시오",
    ),
    (
        "kubectl get all -A -o yaml and kubectl events -A show the same",
        "kubectl get all -A -o yaml과 kubectl events -A가 같은 것을 보여 줍니다",
    ),
    (
        "kubectl apply -f puts Roles and bindings as they are written",
        "kubectl apply -f가 Role과 바인딩을 쓰인 대로 적용합니다",
    ),
    (
        "kubectl help lists the verbs that there are",
        "있는 명령은 kubectl help로 볼 수 있습니다",
    ),
];

const FLAGS: Sentences = &[
    (
        "kubectl {} works here without it",
        "여기서 kubectl {}은(는) 그것 없이 동작합니다",
    ),
    (
        "there is one person here, who may do everything",
        "여기에는 모든 것을 할 수 있는 사람 하나뿐입니다",
    ),
    (
        "there is one cluster here, and no other way to it",
        "여기에는 클러스터가 하나뿐이고, 거기로 가는 다른 길은 없습니다",
    ),
    (
        "nothing travels over a network here",
        "여기서는 네트워크로 오가는 것이 없습니다",
    ),
    (
        "nothing is cached: discovery is always fresh",
        "캐시하는 것이 없습니다: 늘 새로 조회합니다",
    ),
    (
        "client and server are the same program",
        "클라이언트와 서버가 같은 프로그램입니다",
    ),
    (
        "the simulator is no process of its own to profile",
        "시뮬레이터는 프로파일할 만한 별도의 프로세스가 아닙니다",
    ),
    ("the API server answers at once", "API 서버가 바로 답합니다"),
    (
        "kubectl keeps no log of its own here",
        "여기서 kubectl은 자체 로그를 남기지 않습니다",
    ),
    (
        "look at the lines that begin with Warning",
        "Warning으로 시작하는 줄을 보십시오",
    ),
    ("a list always comes whole", "목록은 늘 통째로 옵니다"),
    ("nothing is written here", "여기서는 쓰는 것이 없습니다"),
    (
        "what is shown here has no managers",
        "여기 보이는 것에는 필드 관리자가 없습니다",
    ),
    (
        "build the manifests with a kustomize of your own, and name the result with -f",
        "kustomize로 매니페스트를 빌드해서 결과를 -f로 지정하십시오",
    ),
    (
        "a folder is read with the manifests in it; name its folders one by one",
        "폴더 안의 매니페스트만 읽습니다; 하위 폴더는 하나씩 지정하십시오",
    ),
    (
        "every manifest is validated strictly, as by default",
        "모든 매니페스트를 기본값처럼 엄격하게 검사합니다",
    ),
    (
        "patches are made by the schema, as by default",
        "패치는 기본값처럼 스키마를 따릅니다",
    ),
    (
        "there are no credentials to hide; what a verb would send is written as a manifest, and named with -f",
        "숨길 자격 증명이 없습니다; 보낼 내용은 매니페스트로 써서 -f로 지정하십시오",
    ),
    (
        "change the manifest, and name it with -f",
        "매니페스트를 고쳐서 -f로 지정하십시오",
    ),
    (
        "a text is given to the editor with the line ends of this machine",
        "편집기에는 이 컴퓨터의 줄바꿈으로 된 텍스트를 줍니다",
    ),
    (
        "a command's output is the same with and without a terminal",
        "터미널이 있든 없든 명령의 출력은 같습니다",
    ),
    (
        "a pod is looked for at once; kubectl wait waits for it",
        "Pod를 바로 찾습니다; 기다리려면 kubectl wait",
    ),
    (
        "no log breaks off while it is read",
        "로그는 읽는 도중에 끊기지 않습니다",
    ),
    (
        "what a manifest says wins, as by default",
        "기본값처럼 매니페스트의 내용이 우선합니다",
    ),
    (
        "here it works with the objects of the cluster only; kubectl patch --local changes a file without a server",
        "여기서는 클러스터의 오브젝트에만 동작합니다; 서버 없이 파일을 바꾸려면 kubectl patch --local",
    ),
    (
        "kubectl patch --subresource writes one",
        "쓰려면 kubectl patch --subresource",
    ),
    (
        "what was edited is told in a line; kubectl get -o prints it in any form",
        "고친 것은 한 줄로 알립니다; 다른 형식으로 보려면 kubectl get -o",
    ),
    (
        "kubectl apply -f with -l applies some objects of a file",
        "파일의 오브젝트 일부만 적용하려면 kubectl apply -f와 -l",
    ),
    (
        "nothing travels over a network here, and nothing is cached",
        "여기서는 네트워크로 오가는 것도, 캐시하는 것도 없습니다",
    ),
    (
        "everything is allowed, in every namespace",
        "모든 네임스페이스에서 모든 것이 허용됩니다",
    ),
    (
        "there is one configuration here, with one context",
        "여기에는 컨텍스트 하나짜리 설정 하나뿐입니다",
    ),
    (
        "files have no owners and modes here",
        "여기서 파일에는 소유자와 권한이 없습니다",
    ),
    (
        "nothing breaks off while it is copied",
        "복사하는 도중에 끊기지 않습니다",
    ),
    (
        "kubectl apply --prune --dry-run=client says what would go",
        "무엇이 지워질지는 kubectl apply --prune --dry-run=client로 볼 수 있습니다",
    ),
    (
        "kubectl apply set-last-applied writes the annotation that remembers an object",
        "오브젝트를 기억하는 어노테이션은 kubectl apply set-last-applied가 씁니다",
    ),
    (
        "whoever replaces or looks on always waits until what was there is gone",
        "바꾸거나 지켜볼 때는 늘 앞의 것이 사라지기를 기다립니다",
    ),
    ("a pod has nothing that depends on it", "Pod에 딸린 것이 없습니다"),
    (
        "words make the object here; kubectl create -f takes a file",
        "여기서는 명령줄로 오브젝트를 만듭니다; 파일은 kubectl create -f로 주십시오",
    ),
    (
        "nobody else writes between the look and the change here",
        "여기서는 읽고 고치는 사이에 다른 누구도 쓰지 않습니다",
    ),
];

#[cfg(test)]
mod tests {
    use super::KOREAN;
    use crate::tongue::sources::sentences;

    #[test]
    fn every_hint_is_told_in_korean() {
        let mut hints = sentences("kubectl", &[".hint(", "Hint::of("]);
        // A table of verbs and of flags: after each name, why it does nothing and what to do instead.
        let flags = include_str!("flags/reasons.rs");
        let flags = flags.split("#[cfg(test)]").next().unwrap_or_default();
        hints.extend(
            crate::tongue::sources::literals(flags)
                .into_iter()
                .filter(|text| text.contains(' ')),
        );
        let mute: Vec<&String> = hints.iter().filter(|hint| KOREAN.korean(hint).is_none()).collect();
        assert!(mute.is_empty(), "{mute:#?}");
    }
}
