//! The lines of one table: the columns of a kind, and those that the flags add.

use crate::api::{Kind, Object};
use crate::kubectl::call::Call;
use crate::kubectl::names;
use crate::kubectl::tables::{self, Look, Table};

/// What the flags ask of a table.
#[derive(Clone, Debug, Default)]
pub(super) struct Ask {
    /// `-o wide`.
    pub wide: bool,
    /// Not `--no-headers`.
    pub headings: bool,
    everywhere: bool,
    prefixed: bool,
    label_columns: Vec<String>,
    show_labels: bool,
    /// `--server-print=false`.
    plain: bool,
    /// `--subresource=scale`.
    scale: bool,
}

impl Ask {
    pub(super) fn of(call: &Call<'_>, wide: bool, everywhere: bool, many_kinds: bool, scale: bool) -> Self {
        Self {
            wide,
            headings: !call.flags.is_set("no-headers"),
            everywhere,
            prefixed: many_kinds || call.flags.is_set("show-kind"),
            label_columns: call.flags.list("label-columns"),
            show_labels: call.flags.is_set("show-labels"),
            plain: call.flags.bool("server-print") == Some(false),
            scale,
        }
    }
}

/// The table of a kind, as it is asked for.
pub(super) struct Sheet<'a> {
    kind: Kind,
    ask: &'a Ask,
    table: Table,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(kind: &Kind, ask: &'a Ask, look: &Look<'_>) -> Self {
        Self {
            kind: kind.clone(),
            ask,
            table: match (ask.plain, ask.scale) {
                (true, _) => Table::plain(),
                (false, true) => Table::scale(),
                (false, false) => Table::of(kind, look),
            },
        }
    }

    fn has_namespace(&self) -> bool {
        self.ask.everywhere && self.kind.is_namespaced()
    }

    fn shows(&self, column: usize) -> bool {
        self.ask.wide || self.table.columns.get(column).is_some_and(|column| !column.wide)
    }

    /// Returns the line of headings, cells parted by tabs.
    pub(super) fn heading(&self) -> String {
        let mut cells: Vec<String> = Vec::new();
        cells.extend(self.has_namespace().then(|| "NAMESPACE".to_owned()));
        let columns = self.table.columns.iter().enumerate();
        cells.extend(
            columns
                .filter(|(i, _)| self.shows(*i))
                .map(|(_, column)| column.name.clone()),
        );
        cells.extend(self.ask.label_columns.iter().map(|key| tables::label_heading(key)));
        cells.extend(self.ask.show_labels.then(|| "LABELS".to_owned()));
        cells.join("\t") + "\n"
    }

    /// Returns the line of an object, cells parted by tabs.
    pub(super) fn row(&self, object: &Object, look: &Look<'_>) -> String {
        let meta = object.meta();
        let mut cells: Vec<String> = Vec::new();
        cells.extend(self.has_namespace().then(|| meta.namespace.to_string()));
        let name_first = self.table.columns.first().is_some_and(|column| column.name == "NAME");
        let row = self.table.row(object, look).into_iter().enumerate();
        cells.extend(row.filter(|(i, _)| self.shows(*i)).map(|(i, cell)| match i {
            0 if self.ask.prefixed && name_first => {
                let info = self.kind.info();
                names::resource(&info.kind.to_lowercase(), &info.group, &cell)
            }
            _ => one_line(&cell),
        }));
        let labels = &self.ask.label_columns;
        cells.extend(labels.iter().map(|key| tables::label_cell(&meta.labels, key)));
        cells.extend(self.ask.show_labels.then(|| tables::format_labels(meta.labels.iter())));
        cells.join("\t") + "\n"
    }
}

/// Cuts a cell at its first line's end, and says so (cli-runtime's `TablePrinter`).
fn one_line(cell: &str) -> String {
    match cell.find(['\n', '\r', '\u{c}']) {
        Some(end) => format!("{}...", &cell[..end]),
        None => cell.to_owned(),
    }
}
