//! The name of a column that nobody named.

use sqlparser::ast::{Expr, SelectItem, SetExpr, Value};

use super::names::ident;

/// Returns the name of a column that nobody named: parser/parse_target.c, FigureColname.
pub(super) fn output_name(expr: &Expr) -> String {
    figure(expr).map_or("?column?".into(), |(name, _)| name)
}

/// Returns a name and whether it is a strong one.
fn figure(expr: &Expr) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    let weak = |name: String| Some((name, false));
    let cast = |inner: Option<(String, bool)>, data_type: &sqlparser::ast::DataType| match inner {
        Some((name, true)) => Some((name, true)),
        _ => {
            let name = match super::column_type(data_type) {
                Ok((ty, _)) => ty.ty.internal_name().to_owned(),
                Err(_) => data_type.to_string().to_lowercase(),
            };
            weak(name)
        }
    };
    match expr {
        Expr::Identifier(name) => Some((ident(name), true)),
        Expr::CompoundIdentifier(parts) => parts.last().map(|name| (ident(name), true)),
        Expr::Function(function) => super::names::last_ident(&function.name).map(|name| (ident(name), true)),
        Expr::Cast { expr, data_type, .. } => cast(figure(expr), data_type),
        Expr::TypedString(typed) => cast(None, &typed.data_type),
        Expr::Interval(_) => weak("interval".into()),
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => figure(inner),
        Expr::Case { else_result, .. } => match else_result.as_deref().and_then(figure) {
            Some((name, true)) => Some((name, true)),
            _ => weak("case".into()),
        },
        Expr::Subquery(query) => match query.body.as_ref() {
            SetExpr::Select(select) => match select.projection.first()? {
                SelectItem::UnnamedExpr(expr) => figure(expr),
                SelectItem::ExprWithAlias { alias, .. } => Some((ident(alias), true)),
                _ => None,
            },
            _ => None,
        },
        Expr::Exists { .. } => strong("exists"),
        Expr::Array(_) => strong("array"),
        Expr::Extract { .. } => strong("extract"),
        Expr::Ceil { .. } => strong("ceil"),
        Expr::Floor { .. } => strong("floor"),
        Expr::Position { .. } => strong("position"),
        Expr::Substring { shorthand: true, .. } => strong("substr"),
        Expr::Substring { .. } => strong("substring"),
        Expr::Overlay { .. } => strong("overlay"),
        Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(sqlparser::ast::TrimWhereField::Leading) => "ltrim",
            Some(sqlparser::ast::TrimWhereField::Trailing) => "rtrim",
            _ => "btrim",
        }),
        Expr::AtTimeZone { .. } => strong("timezone"),
        Expr::CompoundFieldAccess { root, .. } => figure(root),
        Expr::Value(value) => match value.value {
            Value::Boolean(_) => weak("bool".into()),
            _ => None,
        },
        _ => None,
    }
}
