//! What goes in comes out, and what is damaged is refused.

use super::{from_bytes, to_bytes, to_named_bytes};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Shape {
    Dot,
    Circle(i64),
    Line(i32, u16),
    Box { wide: u32, high: Option<u32> },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Drawing {
    name: String,
    id: u128,
    weight: f64,
    letter: char,
    shapes: Vec<Shape>,
    by_place: BTreeMap<(u8, i8), bool>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A drawing that several hold, in a struct that is a row and not a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Held {
    #[serde(with = "super::shared")]
    drawing: Arc<Drawing>,
    #[serde(with = "super::shared::option")]
    frame: Option<Arc<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Plain {
    left: Held,
    #[serde(with = "super::shared")]
    right: Arc<Held>,
    drawing: Drawing,
    nothing: (),
    word: Option<String>,
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Dot),
        any::<i64>().prop_map(Shape::Circle),
        any::<(i32, u16)>().prop_map(|(a, b)| Shape::Line(a, b)),
        any::<(u32, Option<u32>)>().prop_map(|(wide, high)| Shape::Box { wide, high }),
    ]
}

prop_compose! {
    fn drawings()(
        name in ".*",
        id in any::<u128>(),
        weight in prop::num::f64::NORMAL,
        letter in any::<char>(),
        shapes in prop::collection::vec(shapes(), 0..40),
        by_place in prop::collection::btree_map(any::<(u8, i8)>(), any::<bool>(), 0..40),
        rest in prop::collection::vec(any::<i64>(), 0..40),
    ) -> Drawing {
        let rest = json!({"a": {"list": rest, "none": null, "empty": {}}, "name2": "x", "yes": true, "half": 0.5});
        let Value::Object(rest) = rest else { unreachable!() };
        Drawing { name, id, weight, letter, shapes, by_place, rest }
    }
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(drawing in drawings(), word in any::<Option<String>>()) {
        let left = Held { drawing: drawing.clone().into(), frame: word.clone().map(Arc::new) };
        let right = Arc::new(Held { drawing: drawing.clone().into(), frame: None });
        let plain = Plain { left, right, drawing, nothing: (), word };
        prop_assert_eq!(&from_bytes::<Plain>(&to_bytes(&plain).unwrap()).unwrap(), &plain);
        prop_assert_eq!(&from_bytes::<Plain>(&to_named_bytes(&plain).unwrap()).unwrap(), &plain);
    }

    #[test]
    fn damaged_bytes_are_refused_or_read_and_never_panic(
        drawing in drawings(),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut bytes = to_bytes(&drawing).unwrap();
        let place = place.index(bytes.len());
        prop_assert!(from_bytes::<Drawing>(&bytes[..place]).is_err());
        bytes[place] = byte;
        let _: Result<Drawing, _> = from_bytes(&bytes);
        let _: Result<Value, _> = from_bytes(&bytes);
    }
}

#[test]
fn a_word_is_written_once() {
    let once = to_bytes(&["some long word that many bear"]).unwrap().len();
    let many = to_bytes(&["some long word that many bear"; 30]).unwrap().len();
    assert_eq!(many, once + 29);
}

#[test]
fn what_many_hold_is_written_once_and_held_by_many_again() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Holder(#[serde(with = "super::shared")] Arc<Vec<u64>>);
    let held = Arc::new(Vec::from_iter(1_000..2_000));
    let alike = Arc::new((*held).clone());
    let holders = vec![Holder(held.clone()), Holder(held), Holder(alike)];
    let bytes = to_bytes(&holders).unwrap();
    assert!(bytes.len() < 4_000, "{}", bytes.len());
    let read: Vec<Holder> = from_bytes(&bytes).unwrap();
    assert_eq!(read, holders);
    assert!(Arc::ptr_eq(&read[0].0, &read[2].0));
    // What keeps a copy of whatever comes, and formats for people, see the value itself.
    assert_eq!(
        from_bytes::<Value>(&bytes).unwrap(),
        serde_json::to_value(&holders).unwrap()
    );
    let text = serde_json::to_string(&holders).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Holder>>(&text).unwrap(), holders);
}

#[test]
fn few_bytes_do_not_become_more_than_all_memory() {
    #[derive(Debug, Serialize, Deserialize)]
    struct Twice(
        #[serde(with = "super::shared::option")] Option<Arc<Twice>>,
        #[serde(with = "super::shared::option")] Option<Arc<Twice>>,
    );
    // Part n holds part n - 1 twice.
    let mut bytes = vec![super::FORM, 0, 41];
    bytes.extend([3, 0xa2, 0xe0, 0xe0]);
    for part in 0..40 {
        bytes.extend([5, 0xa2, 0xee, part, 0xee, part]);
    }
    bytes.extend([0xee, 40]);
    let error = from_bytes::<Value>(&bytes).unwrap_err();
    assert_eq!(error.to_string(), "damaged bytes: too many copies of shared values");
    bytes.truncate(bytes.len() - 2);
    bytes.extend([0xa2, 0xee, 40, 0xee, 40]);
    assert!(from_bytes::<Twice>(&bytes).is_ok());
}

#[test]
fn a_struct_with_names_is_read_by_one_that_has_grown() {
    #[derive(Serialize)]
    struct Old {
        name: String,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct New {
        #[serde(default)]
        more: u8,
        name: String,
    }
    let bytes = to_named_bytes(&Old { name: "a".into() }).unwrap();
    let new = New {
        more: 0,
        name: "a".into(),
    };
    assert_eq!(from_bytes::<New>(&bytes).unwrap(), new);
}

#[test]
fn what_lies_too_deep_is_refused() {
    let mut deep = Value::Null;
    for _ in 0..1_000 {
        deep = Value::Array(vec![deep]);
    }
    let error = from_bytes::<Value>(&to_bytes(&deep).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "damaged bytes: they lie too deep in one another");
}

#[test]
fn another_form_is_told() {
    let error = from_bytes::<u8>(b"{}").unwrap_err();
    assert_eq!(error.to_string(), "damaged bytes: another form");
    let error = from_bytes::<u8>(&to_bytes(&(1, 2)).unwrap()).unwrap_err();
    assert_eq!(error.to_string(), "damaged bytes: Seq(Some(2)) instead of a number");
}
