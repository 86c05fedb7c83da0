//! What Kubernetes 1.36 knows: its kinds, their fields and the fields' types, in a slim table.
//!
//! `table.txt` is generated from k8s-openapi (see `generate.rs`); a test fails when it is stale. The table knows names
//! and types only; what values are allowed is judged elsewhere.

#[cfg(test)]
mod generate;

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The generated table: `K` lines are kinds, `D` lines are definitions.
const TABLE: &str = include_str!("table.txt");

/// A kind that a cluster serves without any CustomResourceDefinition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `apps/v1`, or `v1`.
    pub api_version: &'static str,
    /// `StatefulSet`.
    pub kind: &'static str,
    /// `statefulsets`, as in URLs and in kubectl's messages.
    pub plural: &'static str,
    /// Whether its objects live in a namespace.
    pub namespaced: bool,
    /// What the object holds.
    pub definition: Def,
}

impl Kind {
    /// Returns the group: `apps`, and nothing for `v1`.
    pub fn group(&self) -> &'static str {
        group_of(self.api_version)
    }
}

/// Returns the group of an apiVersion: `apps` of `apps/v1`, and nothing of `v1`.
pub fn group_of(api_version: &str) -> &str {
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// Points at a definition of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Def(u16);

/// Points at a type of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeId(u16);

/// What a value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// A text.
    Text,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Number,
    /// `true` or `false`.
    Bool,
    /// `500m`, `1Gi`, or a number.
    Quantity,
    /// A number, or a text such as `25%` or a port's name.
    IntOrString,
    /// An instant, RFC 3339.
    Time,
    /// Bytes in base64.
    Bytes,
    /// Whatever JSON can say.
    Any,
    /// A list.
    List(TypeId),
    /// A map from any key.
    Map(TypeId),
    /// An object with known fields.
    Object(Def),
}

/// A field of a definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What its value must be.
    pub of: Type,
    /// Whether OpenAPI requires it. The server asks for more, and fills in some of these: see `judge`.
    pub required: bool,
}

/// All that the table says.
pub struct Schema {
    kinds: Vec<Kind>,
    definitions: Vec<(&'static str, Vec<Field>)>,
    types: Vec<Type>,
}

/// Returns the table, which is read once.
pub fn schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| Schema::read(TABLE))
}

impl Schema {
    /// Returns the kind of an apiVersion and a kind's name.
    pub fn kind(&self, api_version: &str, kind: &str) -> Option<&Kind> {
        self.kinds
            .iter()
            .find(|known| known.kind == kind && known.api_version == api_version)
    }

    /// Returns all kinds, sorted by apiVersion and name.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// Tells whether a group is Kubernetes' own.
    pub fn has_group(&self, group: &str) -> bool {
        self.kinds.iter().any(|kind| kind.group() == group)
    }

    /// Returns a definition by name, such as `ObjectMeta`.
    pub fn definition(&self, name: &str) -> Option<Def> {
        let index = self
            .definitions
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()?;
        u16::try_from(index).ok().map(Def)
    }

    /// Returns the name of a definition, which is that of Kubernetes' Go struct.
    pub fn name(&self, def: Def) -> &'static str {
        let name = self.definitions[def.0 as usize].0;
        name.split_once('~').map_or(name, |(name, _)| name)
    }

    /// Returns the fields of a definition, sorted by name.
    pub fn fields(&self, def: Def) -> &[Field] {
        &self.definitions[def.0 as usize].1
    }

    /// Returns a field of a definition.
    pub fn field(&self, def: Def, name: &str) -> Option<Field> {
        let fields = self.fields(def);
        fields
            .binary_search_by(|field| field.name.cmp(name))
            .ok()
            .map(|index| fields[index])
    }

    /// Returns the type of a list's items or of a map's values.
    pub fn inner(&self, id: TypeId) -> Type {
        self.types[id.0 as usize]
    }

    /// Returns the definition of ObjectMeta, which each object has.
    pub fn object_meta(&self) -> Type {
        self.definition("ObjectMeta").map_or(Type::Any, Type::Object)
    }

    fn read(table: &'static str) -> Schema {
        let rows: Vec<Vec<&'static str>> = table.lines().map(|line| line.split(' ').collect()).collect();
        let of = |mark: &'static str| rows.iter().filter(move |row| row[0] == mark);
        let names: BTreeMap<&'static str, Def> =
            (0u16..).zip(of("D")).map(|(index, row)| (row[1], Def(index))).collect();
        let mut types = Types {
            names: &names,
            known: Vec::new(),
        };

        let definitions = of("D")
            .map(|row| {
                let fields = row[2..].iter().map(|field| {
                    let (name, of) = field.split_once(':').expect("a field is name:type");
                    let (of, required) = of.strip_suffix('!').map_or((of, false), |of| (of, true));
                    Field {
                        name,
                        of: types.read(of),
                        required,
                    }
                });
                (row[1], fields.collect())
            })
            .collect();
        let kinds = of("K")
            .map(|row| Kind {
                api_version: row[1],
                kind: row[2],
                plural: row[3],
                namespaced: row[4] == "n",
                definition: names[row[5]],
            })
            .collect();
        Schema {
            kinds,
            definitions,
            types: types.known,
        }
    }
}

/// The inner types of lists and maps, each once.
struct Types<'a> {
    names: &'a BTreeMap<&'static str, Def>,
    known: Vec<Type>,
}

impl Types<'_> {
    fn read(&mut self, code: &str) -> Type {
        match code {
            "s" => Type::Text,
            "i" => Type::Int32,
            "l" => Type::Int64,
            "n" => Type::Number,
            "b" => Type::Bool,
            "q" => Type::Quantity,
            "x" => Type::IntOrString,
            "t" => Type::Time,
            "y" => Type::Bytes,
            "j" => Type::Any,
            _ => match (code.strip_prefix('['), code.strip_prefix('{')) {
                (Some(inner), _) => Type::List(self.id(inner)),
                (_, Some(inner)) => Type::Map(self.id(inner)),
                _ => Type::Object(self.names[code]),
            },
        }
    }

    fn id(&mut self, code: &str) -> TypeId {
        let of = self.read(code);
        let index = self.known.iter().position(|known| *known == of).unwrap_or_else(|| {
            self.known.push(of);
            self.known.len() - 1
        });
        TypeId(u16::try_from(index).expect("the table has a few hundred types"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_knows_a_stateful_set_down_to_its_ports() {
        let schema = schema();
        let kind = schema
            .kind("apps/v1", "StatefulSet")
            .expect("Kubernetes has StatefulSets");
        assert_eq!(
            (kind.plural, kind.namespaced, kind.group()),
            ("statefulsets", true, "apps")
        );
        let mut of = Type::Object(kind.definition);
        for name in ["spec", "template", "spec", "containers", "ports", "containerPort"] {
            if let Type::List(inner) = of {
                of = schema.inner(inner);
            }
            let Type::Object(def) = of else {
                panic!("{name} has no parent")
            };
            of = schema
                .field(def, name)
                .unwrap_or_else(|| panic!("{name} is missing"))
                .of;
        }
        assert_eq!(of, Type::Int32);
        assert!(schema.kind("apps/v1beta1", "StatefulSet").is_none());
        assert!(schema.has_group("storage.k8s.io") && !schema.has_group("snapshot.storage.k8s.io"));
    }
}
