//! Names of volumes: `pvc-` and the random uid of a claim. What stands for one is the claim for which it was made, and
//! its number if the claim's name was given again (`pvc-<data>`, `pvc-<data#2>`).

use pglab::api::{Kind, PersistentVolume, Resource};
use pglab::store::Store;
use regex::{Captures, Regex};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const NAME: &str = r"pvc-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

static NAMES: LazyLock<Regex> = LazyLock::new(|| Regex::new(NAME).expect("the pattern is well made"));
/// A claim's row, and a volume's row, with the name of the volume.
static CLAIM_ROW: LazyLock<Regex> = LazyLock::new(|| {
    let row = format!(r"^(?:persistentvolumeclaim/)?(\S+) +(?:Bound|Pending|Lost|Terminating) +({NAME}) ");
    Regex::new(&row).expect("the pattern is well made")
});
static VOLUME_ROW: LazyLock<Regex> = LazyLock::new(|| {
    let row = format!(r"^(?:persistentvolume/)?({NAME}) .* [^ /]+/(\S+) ");
    Regex::new(&row).expect("the pattern is well made")
});

/// The volumes of one side: their names, and what stands for each.
#[derive(Debug, Default)]
pub struct Volumes(BTreeMap<String, String>);

impl Volumes {
    /// Learns from screens: from the rows of claims and of volumes.
    pub fn shown<'a>(screens: impl Iterator<Item = &'a str>) -> Self {
        let rows = screens.flat_map(str::lines).filter_map(|line| {
            let claim = CLAIM_ROW
                .captures(line)
                .map(|found| (found[1].to_owned(), found[2].to_owned()));
            claim.or_else(|| {
                VOLUME_ROW
                    .captures(line)
                    .map(|found| (found[2].to_owned(), found[1].to_owned()))
            })
        });
        Self::of(rows)
    }

    /// Learns from what was written: from the claims for which volumes were made.
    pub fn made(store: &Store) -> Self {
        let writes = store.between(0, store.head()).iter();
        let made = writes.filter(|write| write.before.is_none() && write.object().kind() == Kind::PersistentVolume);
        Self::of(made.filter_map(|write| {
            let volume = PersistentVolume::of(write.object())?;
            let claim = volume.spec.claim_ref.as_ref()?;
            Some((claim.name.to_string(), volume.metadata.name.to_string()))
        }))
    }

    /// Takes claims and their volumes in the order in which they came.
    fn of(rows: impl Iterator<Item = (String, String)>) -> Self {
        let (mut volumes, mut counts) = (BTreeMap::new(), BTreeMap::<String, usize>::new());
        for (claim, volume) in rows {
            volumes.entry(volume).or_insert_with(|| {
                let count = counts.entry(claim.clone()).or_default();
                *count += 1;
                let again = if *count > 1 { format!("#{count}") } else { String::new() };
                format!("pvc-<{claim}{again}>")
            });
        }
        Self(volumes)
    }

    /// Puts what stands for a volume in the place of its name.
    pub fn plain(&self, text: &str) -> String {
        let plain = |found: &Captures<'_>| self.0.get(&found[0]).cloned().unwrap_or("pvc-<uid>".to_owned());
        NAMES.replace_all(text, plain).into_owned()
    }

    /// Says whether a volume's name stands in a text.
    pub fn stand_in(&self, text: &str) -> bool {
        self.0.keys().any(|name| text.contains(name.as_str()))
    }

    /// Puts the names of another side in the places of this one's.
    pub fn translate(&self, text: &str, to: &Self) -> String {
        let other = |found: &Captures<'_>| {
            let plain = self.0.get(&found[0]);
            let other = to.0.iter().find(|(_, other)| Some(*other) == plain);
            other.map_or(found[0].to_owned(), |(name, _)| name.clone())
        };
        NAMES.replace_all(text, other).into_owned()
    }
}

#[test]
fn volumes_are_known_by_their_claims() {
    let name = |digit: &str| format!("pvc-{0}-1111-1111-1111-{1}", digit.repeat(8), digit.repeat(12));
    let (one, two) = (name("a"), name("b"));
    let rows = format!("r   Bound   {one}   5Gi\n{two}   5Gi   RWO   Retain   Released   s10/r   x\n");
    let here = Volumes::shown([rows.as_str()].into_iter());
    assert_eq!(here.plain(&format!("{one} {two}")), "pvc-<r> pvc-<r#2>");
    let there = Volumes::of([("r".to_owned(), name("c"))].into_iter());
    assert_eq!(
        here.translate(&format!("kubectl delete pv {one} {two}"), &there),
        format!("kubectl delete pv {} {two}", name("c"))
    );
}
