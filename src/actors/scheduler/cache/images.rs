//! The images that nodes say they have.

use crate::api::Node;
use serde_json::Value;

/// An image on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its names, with tags.
    pub names: Vec<String>,
    /// Its bytes.
    pub bytes: i64,
}

/// Returns the images of `status.images`, a field that is only carried.
pub fn images_of(node: &Node) -> Vec<Image> {
    let listed = node.status.rest.get("images").and_then(Value::as_array);
    let image = |value: &Value| Image {
        names: value["names"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|name| Some(normalized(name.as_str()?)))
            .collect(),
        bytes: value["sizeBytes"].as_i64().unwrap_or(0),
    };
    listed.into_iter().flatten().map(image).collect()
}

/// Returns an image's name with its tag (imagelocality, `normalizedImageName`).
pub fn normalized(name: &str) -> String {
    let (colon, slash) = (name.rfind(':'), name.rfind('/'));
    if colon.is_none() || colon <= slash {
        format!("{name}:latest")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_without_a_tag_means_the_latest() {
        assert_eq!(normalized("localhost:5000/nginx"), "localhost:5000/nginx:latest");
        assert_eq!(normalized("nginx:1.25"), "nginx:1.25");
        let node: Node = serde_json::from_value(json!({"metadata": {"name": "n"},
            "status": {"images": [{"names": ["postgres"], "sizeBytes": 7}]}}))
        .unwrap();
        let images = images_of(&node);
        assert_eq!((images[0].names[0].as_str(), images[0].bytes), ("postgres:latest", 7));
    }
}
