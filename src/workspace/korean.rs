//! What is wrong with a folder, in Korean.

use crate::tongue::{Sentences, Table};

/// What is wrong, and what to do about it.
pub const KOREAN: Table = Table(&[SENTENCES]);

const SENTENCES: Sentences = &[
    ("{} is no journal of a cluster", "{}은(는) 클러스터의 저널이 아닙니다"),
    (
        "`pglab cluster restore` lists the journals that there are",
        "`pglab cluster restore`가 있는 저널을 보여 줍니다",
    ),
    (
        "there is no cluster in {} or above it",
        "{}에도 그 위에도 클러스터가 없습니다",
    ),
    (
        "make one with `pglab cluster create`, go to its folder, or name it: `pglab --cluster DIR …`",
        "`pglab cluster create`로 만들거나, 그 폴더로 가거나, 폴더를 지정하십시오: `pglab --cluster 폴더 …`",
    ),
    ("there is no cluster in {}", "{}에 클러스터가 없습니다"),
    (
        "make one with `pglab cluster create DIR`",
        "`pglab cluster create 폴더`로 만드십시오",
    ),
    ("there is a cluster in {} already", "{}에 이미 클러스터가 있습니다"),
    (
        "use it, or take another folder; `pglab cluster delete` takes it away",
        "그것을 쓰거나 다른 폴더를 고르십시오; 없애려면 `pglab cluster delete`",
    ),
    (
        "an entry of the journal cannot be read: {}",
        "저널의 항목을 읽을 수 없습니다: {}",
    ),
    (
        "the folder is damaged; `pglab cluster restore` makes it again from the journal that is kept elsewhere",
        "폴더가 손상되었습니다; `pglab cluster restore`가 다른 곳에 보관된 저널로 다시 만듭니다",
    ),
    (
        "the cluster is held by {} for more than a minute",
        "다른 명령이 클러스터를 1분 넘게 붙잡고 있습니다: {}",
    ),
    (
        "wait until that command ends, or end it",
        "그 명령이 끝나기를 기다리거나, 끝내십시오",
    ),
    (
        "the cluster in {} lives by the rules of version {}, and this pglab by those of version {}",
        "{}의 클러스터는 버전 {}의 규칙을 따르고, 이 pglab은 버전 {}의 규칙을 따릅니다",
    ),
    (
        "nothing was changed; use the pglab that made it, or make a new cluster in another folder",
        "바뀐 것은 없습니다; 클러스터를 만든 pglab을 쓰거나, 다른 폴더에 새 클러스터를 만드십시오",
    ),
    (
        "there is no step {}: the newest is {}",
        "{}단계는 없습니다: 가장 새로운 단계는 {}입니다",
    ),
    (
        "`pglab time log` lists the steps",
        "`pglab time log`가 단계를 보여 줍니다",
    ),
    (
        "`{}` is no pace: there are wall, paused, and 2x to {}x",
        "`{}`은(는) 빠르기가 아닙니다: wall, paused, 2x부터 {}x까지 있습니다",
    ),
    ("that is in the future", "아직 오지 않은 시점입니다"),
    (
        "`pglab time advance 30s` goes forward",
        "앞으로 가려면 `pglab time advance 30s`",
    ),
    (
        "the cluster began later: {} is its first moment",
        "클러스터는 그 뒤에 시작했습니다: 첫 시점은 {}입니다",
    ),
    (
        "`pglab time back 0` goes to its beginning",
        "처음으로 가려면 `pglab time back 0`",
    ),
    ("there is no command to take back", "되돌릴 명령이 없습니다"),
    (
        "`pglab time log` lists what was done",
        "`pglab time log`가 한 일을 보여 줍니다",
    ),
    ("entry {} of the journal is missing", "저널의 {}번 항목이 없습니다"),
    (
        "entry {} of the journal does not come out as it did",
        "저널의 {}번 항목을 다시 실행하면 결과가 다릅니다",
    ),
    (
        "the journal is from another version of pglab, or was changed by hand",
        "다른 버전의 pglab이 쓴 저널이거나, 손으로 고친 저널입니다",
    ),
    (
        "{} is not a cluster of pglab's, but another program's database",
        "{}은(는) pglab의 클러스터가 아니라 다른 프로그램의 데이터베이스입니다",
    ),
    (
        "nothing was changed; go to another folder, or make a cluster in an empty one: `pglab cluster create DIR`",
        "바뀐 것은 없습니다; 다른 폴더로 가거나, 빈 폴더에 클러스터를 만드십시오: `pglab cluster create 폴더`",
    ),
    (
        "{} was made by a newer pglab",
        "{}은(는) 더 새로운 pglab이 만들었습니다",
    ),
    (
        "nothing was changed; use the newer pglab",
        "바뀐 것은 없습니다; 더 새로운 pglab을 쓰십시오",
    ),
    (
        "{} was made by an older pglab, whose form this one does not read",
        "{}은(는) 더 오래된 pglab이 만들었고, 이 pglab은 그 형식을 읽지 못합니다",
    ),
    ("{} is damaged: {}", "{}이(가) 손상되었습니다: {}"),
    ("the file is cut off", "파일이 중간에 끊겼습니다"),
    (
        "it does not begin as a database does",
        "데이터베이스처럼 시작하지 않습니다",
    ),
    (
        "entry {} of the journal goes on from nothing",
        "저널의 {}번 항목에 앞선 항목이 없습니다",
    ),
    (
        "nothing was changed; `pglab cluster restore DIR` makes the cluster again from the journal that is kept outside its folder",
        "바뀐 것은 없습니다; `pglab cluster restore 폴더`가 폴더 밖에 보관된 저널로 클러스터를 다시 만듭니다",
    ),
    ("{}: the disk is full", "{}: 디스크가 가득 찼습니다"),
    (
        "nothing of the command was kept; make room, and give it again",
        "명령이 한 일은 남지 않았습니다; 자리를 만든 뒤 다시 실행하십시오",
    ),
    ("{} cannot be written: {}", "{}에 쓸 수 없습니다: {}"),
    (
        "see whether the folder belongs to you",
        "폴더의 소유자가 맞는지 확인하십시오",
    ),
    (
        "nothing of the command was kept; see whether another program uses the file",
        "명령이 한 일은 남지 않았습니다; 다른 프로그램이 파일을 쓰고 있는지 확인하십시오",
    ),
    ("cannot read {}: {}", "{}을(를) 읽을 수 없습니다: {}"),
    ("cannot make {}: {}", "{}을(를) 만들 수 없습니다: {}"),
    ("cannot remove {}: {}", "{}을(를) 지울 수 없습니다: {}"),
    ("cannot write {}: {}", "{}에 쓸 수 없습니다: {}"),
    ("cannot put aside {}: {}", "{}(으)로 옮겨 둘 수 없습니다: {}"),
    ("cannot lock {}: {}", "{}을(를) 잠글 수 없습니다: {}"),
    (
        "see whether the disk is full and whether the folder belongs to you",
        "디스크가 가득 찼는지, 폴더의 소유자가 맞는지 확인하십시오",
    ),
];
