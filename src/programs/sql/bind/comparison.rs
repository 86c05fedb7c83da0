//! Comparisons and tests: rows, lists, ANY and ALL, LIKE, IS; and CASE, which chooses by them.

use sqlparser::ast::{BinaryOperator, Expr, Spanned};

use super::Binder;
use super::bound::{Bound, call, common_type};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::Way;
use crate::programs::sql::values::{Base, Category, Type};

impl Binder<'_> {
    pub(super) fn binary_expr(&mut self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Result<Bound, Report> {
        let position = self.position(left);
        let (BinaryOperator::And | BinaryOperator::Or) = op else {
            let sign = match op {
                BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
                BinaryOperator::Custom(sign) => sign.clone(),
                op => op.to_string(),
            };
            let at = self.operator_position(left, right);
            if let (Expr::Tuple(left), Expr::Tuple(right)) = (left, right) {
                return self.rows(&sign, left, right, at);
            }
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            let position = left.position;
            let bound = self.binary(&sign, left, right, at)?;
            // An expression stands where its operator stands; what encloses it wants its beginning.
            return Ok(Bound {
                position: if at == 0 { position } else { at },
                ..bound
            });
        };
        let word = if *op == BinaryOperator::And { "AND" } else { "OR" };
        let chained = |mut expr: &Expr| {
            while let Expr::Nested(inner) = expr {
                expr = inner;
            }
            matches!(expr, Expr::BinaryOp { op: inner, .. } if inner == op)
        };
        let flat = chained(left);
        let (left, right) = (self.condition(left, word)?, self.condition(right, word)?);
        // A chain is one list: parser/gram.y, makeAndExpr.
        let first = match left.shown.strip_prefix('(').and_then(|shown| shown.strip_suffix(')')) {
            Some(inner) if flat => inner,
            _ => &left.shown,
        };
        let shown = format!("({first} {word} {})", right.shown);
        Ok(Bound::new(
            format!("({} {word} {})", left.sql, right.sql),
            Type::of(Base::Bool),
            position,
        )
        .shown(shown))
    }

    /// `(a, b) = (c, d)`: as many comparisons.
    fn rows(&mut self, sign: &str, left: &[Expr], right: &[Expr], at: usize) -> Result<Bound, Report> {
        let word = match sign {
            "=" => " AND ",
            "<>" => " OR ",
            _ => return Err(Report::beyond("the order of rows")),
        };
        if left.len() != right.len() {
            return Err(Report::error("42601", "unequal number of entries in row expressions").at(at));
        }
        let mut parts = Vec::new();
        for (left, right) in left.iter().zip(right) {
            let (left, right) = (self.expr(left)?, self.expr(right)?);
            parts.push(self.binary(sign, left, right, at)?.sql);
        }
        Ok(Bound::new(format!("({})", parts.join(word)), Type::of(Base::Bool), at))
    }

    /// The operator stands between its operands, behind blanks and closing parentheses.
    fn operator_position(&self, left: &Expr, right: &Expr) -> usize {
        let (end, start) = (
            self.source.position(left.span().end),
            self.source.position(right.span().start),
        );
        if end == 0 || start == 0 || end >= start {
            return 0;
        }
        let between: Vec<char> = self.source.text().chars().skip(end - 1).take(start - end).collect();
        let skip = between
            .iter()
            .take_while(|c| c.is_whitespace() || **c == ')' || **c == '(')
            .count();
        if skip == between.len() { 0 } else { end + skip }
    }

    pub(super) fn test(&mut self, operand: &Expr, words: &str, sql: impl Fn(&str) -> String) -> Result<Bound, Report> {
        let operand = self.expr(operand)?;
        let shown = format!("({} {words})", operand.shown);
        Ok(Bound::new(sql(&operand.sql), Type::of(Base::Bool), operand.position).shown(shown))
    }

    pub(super) fn truth(&mut self, operand: &Expr, words: &str, sql: impl Fn(&str) -> String) -> Result<Bound, Report> {
        let operand = self.condition(operand, words)?;
        let shown = format!("({} {words})", operand.shown);
        Ok(Bound::new(sql(&operand.sql), Type::of(Base::Bool), operand.position).shown(shown))
    }

    pub(super) fn distinct(&mut self, left: &Expr, right: &Expr, sign: &str, words: &str) -> Result<Bound, Report> {
        let at = self.operator_position(left, right);
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let position = left.position;
        let (left, right) = self.same_type("=", left, right, at)?;
        let shown = format!("({} {words} {})", left.shown, right.shown);
        let sql = format!("({} {sign} {})", left.equated(), right.equated());
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    pub(super) fn in_list(&mut self, subject: &Expr, list: &[Expr], negated: bool) -> Result<Bound, Report> {
        if let Expr::Tuple(subject) = subject {
            return self.in_rows(subject, list, negated);
        }
        let bound = self.expr(subject)?;
        let position = bound.position;
        let at = list.first().map_or(0, |first| self.in_position(subject, first));
        let place = self.around.place;
        let items: Result<Vec<Bound>, Report> = list.iter().map(|item| self.expr(item)).collect();
        let items = items?;
        let mut all: Vec<&Bound> = vec![&bound];
        all.extend(&items);
        let ty = common_type(&all).map_err(|(a, b, _)| self.no_operator("=", a, b, at))?;
        let from = bound.ty;
        let bound = bound.must(ty, Way::Implicit, place)?;
        let mut sqls = Vec::new();
        let mut showns = Vec::new();
        for item in items {
            let b = item.ty;
            let item = item
                .cast(ty, Way::Implicit, place)?
                .ok_or_else(|| self.no_operator("=", from, b, at))?;
            showns.push(item.shown.clone());
            sqls.push(match item.ty.base {
                Base::Bpchar | Base::Interval => item.equated(),
                _ => item.sql,
            });
        }
        let (not, quantor) = if negated { ("NOT ", "<> ALL") } else { ("", "= ANY") };
        let shown = format!("({} {quantor} (ARRAY[{}]))", bound.shown, showns.join(", "));
        let sql = format!("({} {not}IN ({}))", bound.equated(), sqls.join(", "));
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    fn in_position(&self, subject: &Expr, first: &Expr) -> usize {
        self.operator_position(subject, first)
    }

    fn in_rows(&mut self, subject: &[Expr], list: &[Expr], negated: bool) -> Result<Bound, Report> {
        let mut choices = Vec::new();
        for item in list {
            let Expr::Tuple(item) = item else {
                return Err(Report::beyond("row values here"));
            };
            choices.push(self.rows("=", subject, item, 0)?.sql);
        }
        let not = if negated { "NOT " } else { "" };
        Ok(Bound::new(
            format!("({not}({}))", choices.join(" OR ")),
            Type::of(Base::Bool),
            0,
        ))
    }

    pub(super) fn any_all(
        &mut self,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
        any: bool,
    ) -> Result<Bound, Report> {
        let position = self.position(left);
        let right = match right {
            Expr::Nested(inner) => inner.as_ref(),
            other => other,
        };
        if let Expr::Subquery(query) = right {
            return match (op, any) {
                (BinaryOperator::Eq, true) => self.in_subquery(left, query, false, position),
                (BinaryOperator::NotEq, false) => self.in_subquery(left, query, true, position),
                _ => Err(Report::beyond("ANY and ALL with this operator over a subquery")),
            };
        }
        let negated = match (op, any) {
            (BinaryOperator::Eq, true) => false,
            (BinaryOperator::NotEq, false) => true,
            _ => return Err(Report::beyond("ANY and ALL with this operator over an array")),
        };
        let place = self.around.place;
        let (element, array) = (self.expr(left)?, self.expr(right)?);
        let ty = match (array.ty.array, array.ty.category(), element.ty.category()) {
            (true, _, Category::Unknown) => array.ty,
            (true, ..) if array.ty.element().category() == element.ty.category() => array.ty,
            (false, Category::Unknown, _) => Type {
                array: true,
                ..element.ty
            },
            (true, ..) => {
                return Err(self.no_operator("=", element.ty, array.ty.element(), array.position));
            }
            _ => {
                return Err(
                    Report::error("42809", "op ANY/ALL (array) requires array on right side").at(array.position),
                );
            }
        };
        let shown = format!(
            "({} {} ({}))",
            element.shown,
            if any { "= ANY" } else { "<> ALL" },
            array.shown
        );
        let array = array.must(ty, Way::Implicit, place)?;
        let element = element.must(ty.element(), Way::Assignment, place)?;
        let sql = call("in array", &[&element.as_text(), &array.sql]);
        let sql = if negated { format!("(NOT {sql})") } else { sql };
        Ok(Bound::new(sql, Type::of(Base::Bool), position).shown(shown))
    }

    pub(super) fn like(
        &mut self,
        subject: &Expr,
        pattern: &Expr,
        escape: Option<&Expr>,
        negated: bool,
        fold: bool,
    ) -> Result<Bound, Report> {
        let at = self.operator_position(subject, pattern);
        let (subject, pattern) = (self.expr(subject)?, self.expr(pattern)?);
        let Some(escape) = escape else {
            let sign = match (negated, fold) {
                (false, false) => "~~",
                (false, true) => "~~*",
                (true, false) => "!~~",
                (true, true) => "!~~*",
            };
            return self.binary(sign, subject, pattern, at);
        };
        let (text, place) = (Type::of(Base::Text), self.around.place);
        let escape = self.expr(escape)?.must(text, Way::Implicit, place)?;
        let (subject, pattern) = (
            subject.must(text, Way::Implicit, place)?,
            pattern.must(text, Way::Implicit, place)?,
        );
        let name = if fold { "ilike escape" } else { "like escape" };
        let sql = call(name, &[&subject.sql, &pattern.sql, &escape.sql]);
        Ok(Bound::new(
            if negated { format!("(NOT {sql})") } else { sql },
            Type::of(Base::Bool),
            at,
        ))
    }

    pub(super) fn case(
        &mut self,
        operand: Option<&Expr>,
        branches: &[sqlparser::ast::CaseWhen],
        otherwise: Option<&Expr>,
        position: usize,
    ) -> Result<Bound, Report> {
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for branch in branches {
            conditions.push(match operand {
                None => self.condition(&branch.condition, "CASE/WHEN")?,
                Some(operand) => {
                    let (operand, value) = (self.expr(operand)?, self.expr(&branch.condition)?);
                    let at = value.position;
                    self.binary("=", operand, value, at)?
                }
            });
            results.push(self.expr(&branch.result)?);
        }
        if let Some(otherwise) = otherwise {
            results.push(self.expr(otherwise)?);
        }
        // The branch behind ELSE is looked at first.
        let mut order: Vec<&Bound> = results.iter().collect();
        if otherwise.is_some() {
            order.rotate_right(1);
        }
        let ty = common_type(&order)
            .map_err(|(a, b, at)| Report::error("42804", format!("CASE types {a} and {b} cannot be matched")).at(at))?;
        let results = self.all_to(results, ty)?;
        let mut sql = String::from("CASE");
        let mut shown = String::from("\nCASE");
        for (condition, result) in conditions.iter().zip(&results) {
            sql.push_str(&format!(" WHEN {} THEN {}", condition.sql, result.sql));
            shown.push_str(&format!("\n    WHEN {} THEN {}", condition.shown, result.shown));
        }
        match otherwise.and(results.last()) {
            Some(result) => {
                sql.push_str(&format!(" ELSE {}", result.sql));
                shown.push_str(&format!("\n    ELSE {}", result.shown));
            }
            None => shown.push_str(&format!("\n    ELSE NULL::{ty}")),
        }
        Ok(Bound::new(format!("({sql} END)"), ty, position).shown(format!("{shown}\nEND")))
    }

    /// Turns all of these into one type.
    pub(super) fn all_to(&self, items: Vec<Bound>, ty: Type) -> Result<Vec<Bound>, Report> {
        items
            .into_iter()
            .map(|item| item.must(ty, Way::Implicit, self.around.place))
            .collect()
    }
}
