//! Binary and unary operators: which one is meant, and what SQLite does for it.

use super::Binder;
use super::bound::{Bound, call, common_type, order_sql};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, Category, Type};

const NO_OPERATOR: &str =
    "No operator matches the given name and argument types. You might need to add explicit type casts.";

impl Binder<'_> {
    /// Binds `left sign right`.
    pub(super) fn binary(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let sign = if sign == "!=" { "<>" } else { sign };
        let bound = match sign {
            "=" | "<>" | "<" | ">" | "<=" | ">=" => self.compare(sign, left, right, position),
            "+" | "-" | "*" | "/" | "%" | "^" => self.arithmetic(sign, left, right, position),
            "||" => self.join(left, right, position),
            "&" | "|" | "#" | "<<" | ">>" => self.bits(sign, left, right, position),
            "~" | "~*" | "!~" | "!~*" | "~~" | "~~*" | "!~~" | "!~~*" | "^@" => {
                self.matching(sign, left, right, position)
            }
            "->" | "->>" | "#>" | "#>>" | "@>" | "<@" | "?" | "?|" | "?&" | "&&" => {
                self.inside(sign, left, right, position)
            }
            other => Err(Report::beyond(format!("the operator {other}"))),
        }?;
        Ok(Bound { position, ..bound })
    }

    /// Returns the error for an operator that no pair of types has.
    pub(super) fn no_operator(&self, sign: &str, left: Type, right: Type, position: usize) -> Report {
        Report::error("42883", format!("operator does not exist: {left} {sign} {right}"))
            .hint(NO_OPERATOR)
            .at(position)
    }

    /// Turns both into one type to be compared.
    pub(super) fn same_type(
        &self,
        sign: &str,
        left: Bound,
        right: Bound,
        position: usize,
    ) -> Result<(Bound, Bound), Report> {
        let (from_left, from_right) = (left.ty, right.ty);
        let place = self.around.place;
        let ty = match common_type(&[&left, &right]) {
            Ok(ty) => ty,
            // A date and a time have no common type, an interval and a time have.
            Err(_) => return Err(self.no_operator(sign, from_left, from_right, position)),
        };
        if ty.base == Base::Json && !ty.array {
            return Err(self.no_operator(sign, ty, ty, position));
        }
        let cast = |bound: Bound| {
            bound
                .cast(ty, Way::Implicit, place)?
                .ok_or_else(|| self.no_operator(sign, from_left, from_right, position))
        };
        Ok((cast(left)?, cast(right)?))
    }

    /// Turns the name of a relation into its oid, beside an oid.
    fn by_oid(&self, bound: Bound, other: &Bound) -> Bound {
        let is_oid = other.ty == Type::of(Base::Oid) || other.ty.is_integer();
        if bound.ty != Type::of(Base::Regclass) || !is_oid {
            return bound;
        }
        let path = &self.around.search_path;
        let mut sql = format!("(CASE {}", bound.sql);
        for ((schema, name), relation) in &self.catalog.relations {
            let shown = crate::programs::sql::definition::relation_name(path, schema, name);
            sql.push_str(&format!(
                " WHEN {} THEN {}",
                super::bound::quote(&shown),
                relation.oid()
            ));
        }
        sql.push_str(" WHEN NULL THEN 0 END)");
        let shown = bound.shown.clone();
        Bound::new(sql, Type::of(Base::Oid), bound.position).shown(shown)
    }

    fn compare(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        // These compare with one another as they are; anything else shows its cast.
        let alike = left.ty.is_integer() && right.ty.is_integer();
        let bare = format!("({} {sign} {})", left.shown, right.shown);
        let (left, right) = if alike {
            self.same_type(sign, left, right, position)?
        } else {
            let (left, right) = (self.by_oid(left, &right), right);
            let right = self.by_oid(right, &left);
            self.same_type(sign, left, right, position)?
        };
        let shown = if alike {
            bare
        } else {
            format!("({} {sign} {})", left.shown, right.shown)
        };
        let sql = match sign {
            "=" | "<>" => format!("({} {sign} {})", left.equated(), right.equated()),
            _ => format!("({} {sign} {})", left.sql, order_sql(&right.sql, right.ty)),
        };
        let sql = match (left.ty.array, left.ty.base, sign) {
            // Both sides must be changed, not only collated.
            (false, Base::Bpchar | Base::Interval, "<" | ">" | "<=" | ">=") => {
                format!("({} {sign} {})", left.ordered(), right.ordered())
            }
            (true, _, "<" | ">" | "<=" | ">=") => return Err(Report::beyond("the order of arrays")),
            (false, Base::Jsonb, "<" | ">" | "<=" | ">=") => return Err(Report::beyond("the order of jsonb values")),
            _ => sql,
        };
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    /// Casts both arguments and calls one of our operators.
    #[expect(
        clippy::too_many_arguments,
        reason = "two arguments with their types, the sign and its place"
    )]
    pub(super) fn apply_named(
        &mut self,
        name: &str,
        sign: &str,
        left: Bound,
        x: Type,
        right: Bound,
        y: Type,
        position: usize,
    ) -> Result<Bound, Report> {
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let shown = format!("({} {sign} {})", left.shown, right.shown);
        let fail = || self.no_operator(sign, a, b, position);
        let left = left.cast(x, Way::Implicit, place)?.ok_or_else(fail)?;
        let right = right.cast(y, Way::Implicit, place)?.ok_or_else(fail)?;
        let found = crate::programs::sql::functions::named(name)
            .find(|(_, function)| {
                use crate::programs::sql::functions::Take;
                let fits = |take: &Take, ty: Type| match take {
                    Take::Is(base) => ty == Type::of(*base),
                    Take::ArrayOf(base) => ty == Type::array_of(*base),
                    _ => true,
                };
                function.takes.len() == 2 && fits(&function.takes[0], x) && fits(&function.takes[1], y)
            })
            .or_else(|| crate::programs::sql::functions::named(name).next());
        let Some((at, function)) = found else {
            return Err(fail());
        };
        let sql = super::bound::call_at(at, &[&left.sql, &right.sql]);
        Ok(Bound::new(sql, function.result_type(&[x, y]), position).shown(shown))
    }

    fn join(&mut self, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let shown = format!("({} || {})", left.shown, right.shown);
        if a.array || b.array {
            return self.join_arrays(left, right, position);
        }
        if a.base == Base::Jsonb || b.base == Base::Jsonb {
            let jsonb = Type::of(Base::Jsonb);
            return self.apply_named("||", "||", left, jsonb, right, jsonb, position);
        }
        let unknown = |ty: Type| ty.category() == Category::Unknown;
        if a.base == Base::Bytea || b.base == Base::Bytea {
            let bytea = Type::of(Base::Bytea);
            let (left, right) = (
                left.must(bytea, Way::Implicit, place)?,
                right.must(bytea, Way::Implicit, place)?,
            );
            let sql = format!("CAST({} || {} AS BLOB)", left.sql, right.sql);
            return Ok(Bound::new(sql, bytea, position).shown(shown));
        }
        // One side must be text, the other may be anything that prints.
        if !(a.is_text() || b.is_text() || unknown(a) || unknown(b)) {
            return Err(self.no_operator("||", a, b, position));
        }
        let text = Type::of(Base::Text);
        let (left, right) = (
            left.must(text, Way::Explicit, place)?,
            right.must(text, Way::Explicit, place)?,
        );
        Ok(Bound::new(format!("({} || {})", left.sql, right.sql), text, position).shown(shown))
    }

    fn join_arrays(&mut self, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let fail = |this: &Self| this.no_operator("||", a, b, position);
        let (name, ty, x, y) = match (a.array, b.array) {
            (true, true) => ("array_cat", a, a, a),
            // A literal beside an array is an array.
            (true, false) if b.category() == Category::Unknown => ("array_cat", a, a, a),
            (false, true) if a.category() == Category::Unknown => ("array_cat", b, b, b),
            (true, false) => ("array_append", a, a, a.element()),
            _ => ("array_prepend", b, b.element(), b),
        };
        let left = left.cast(x, Way::Implicit, place)?.ok_or_else(|| fail(self))?;
        let right = right.cast(y, Way::Implicit, place)?.ok_or_else(|| fail(self))?;
        let part = |bound: &Bound| {
            if bound.ty.array {
                bound.sql.clone()
            } else {
                bound.as_text()
            }
        };
        Ok(Bound::new(call(name, &[&part(&left), &part(&right)]), ty, position))
    }

    fn matching(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let text = Type::of(Base::Text);
        let textual = |ty: Type| ty.is_text() || ty.category() == Category::Unknown;
        if !textual(a) || !textual(b) {
            return Err(self.no_operator(sign, a, b, position));
        }
        let shown = format!("({} {sign} {})", left.shown, right.shown);
        let (left, right) = (
            left.must(text, Way::Implicit, place)?,
            right.must(text, Way::Implicit, place)?,
        );
        let (negated, name) = match sign {
            "~~" => (false, "like"),
            "~~*" => (false, "ilike"),
            "!~~" => (true, "like"),
            "!~~*" => (true, "ilike"),
            "^@" => (false, "starts_with"),
            sign => (sign.starts_with('!'), if sign.ends_with('*') { "~*" } else { "~" }),
        };
        let sql = call(name, &[&left.sql, &right.sql]);
        let sql = if negated { format!("(NOT {sql})") } else { sql };
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    fn inside(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let (a, b) = (left.ty, right.ty);
        if a.array || b.array && matches!(sign, "@>" | "<@" | "&&") {
            let place = self.around.place;
            let ty = if a.array { a } else { b };
            let fail = || self.no_operator(sign, a, b, position);
            let left = left.cast(ty, Way::Implicit, place)?.ok_or_else(fail)?;
            let right = right.cast(ty, Way::Implicit, place)?.ok_or_else(fail)?;
            let sql = match sign {
                "@>" => call("array contains", &[&left.sql, &right.sql]),
                "<@" => call("array contains", &[&right.sql, &left.sql]),
                "&&" => call("array overlaps", &[&left.sql, &right.sql]),
                _ => return Err(fail()),
            };
            return Ok(Bound::new(sql, Type::of(Base::Bool), position));
        }
        let json = match (a.base, sign) {
            (Base::Json, "->" | "->>" | "#>" | "#>>") => a,
            (Base::Jsonb, _) => a,
            (Base::Unknown, "@>" | "<@") if b.base == Base::Jsonb => b,
            _ => return Err(self.no_operator(sign, a, b, position)),
        };
        let right_type = match sign {
            "->" | "->>" if b.is_integer() => Type::of(Base::Int4),
            "->" | "->>" | "?" => Type::of(Base::Text),
            "#>" | "#>>" | "?|" | "?&" => Type::array_of(Base::Text),
            "@>" | "<@" => json,
            _ => return Err(self.no_operator(sign, a, b, position)),
        };
        self.apply_named(sign, sign, left, json, right, right_type, position)
    }

    /// Binds `sign operand`.
    pub(super) fn unary(&mut self, sign: &str, operand: Bound, position: usize) -> Result<Bound, Report> {
        let ty = operand.ty;
        let none = || {
            Report::error("42883", format!("operator does not exist: {sign} {ty}"))
                .hint(NO_OPERATOR)
                .at(position)
        };
        let operand = if ty.category() == Category::Unknown {
            operand.must(Type::of(Base::Float8), Way::Explicit, self.around.place)?
        } else {
            operand
        };
        let ty = operand.ty;
        let shown = format!("({sign} {})", operand.shown);
        if ty.array || !matches!(ty.category(), Category::Number | Category::Span) {
            return Err(none());
        }
        let sql = match (sign, ty.base) {
            ("+", _) => operand.sql.clone(),
            ("-", Base::Numeric) => call("neg n", &[&operand.sql]),
            ("-", Base::Interval) => call("neg span", &[&operand.sql]),
            ("-", Base::Float4 | Base::Float8) => format!("(-{})", operand.sql),
            ("-", _) => call("neg i", &[&operand.sql]),
            ("~", Base::Int2 | Base::Int4 | Base::Int8) => format!("(~{})", operand.sql),
            _ => return Err(none()),
        };
        Ok(Bound::new(sql, ty, position).shown(shown))
    }
}
