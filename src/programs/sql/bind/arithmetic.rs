//! Arithmetic operators: numbers, times and bits.

use super::Binder;
use super::bound::{Bound, call, common_type};
use crate::programs::sql::reply::Report;
use crate::programs::sql::values::convert::{Way, cast_way};
use crate::programs::sql::values::{Base, Category, Type};

impl Binder<'_> {
    pub(super) fn arithmetic(
        &mut self,
        sign: &str,
        left: Bound,
        right: Bound,
        position: usize,
    ) -> Result<Bound, Report> {
        use Category::{Number, Span, Time, Unknown};
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let fail = |this: &Self| this.no_operator(sign, a, b, position);
        // A literal beside a known type takes that type, or the only other that fits.
        let (left, right) = match (a.category(), b.category()) {
            (Unknown, Unknown) => {
                return Err(
                    Report::error("42725", format!("operator is not unique: unknown {sign} unknown"))
                        .hint("Could not choose a best candidate operator. You might need to add explicit type casts.")
                        .at(position),
                );
            }
            (Unknown, Time) if sign == "+" => (left.must(Type::of(Base::Interval), Way::Explicit, place)?, right),
            (Time, Unknown) if sign == "+" && a.base != Base::Date => {
                (left, right.must(Type::of(Base::Interval), Way::Explicit, place)?)
            }
            (Time, Unknown) if a.base == Base::Date => {
                let wanted = if sign == "+" { Base::Int4 } else { Base::Date };
                (left, right.must(Type::of(wanted), Way::Explicit, place)?)
            }
            (Span, Unknown) if sign == "*" || sign == "/" => {
                (left, right.must(Type::of(Base::Float8), Way::Explicit, place)?)
            }
            (Category::Own(Base::Jsonb), Unknown) => (left, right.must(Type::of(Base::Text), Way::Explicit, place)?),
            (Unknown, _) => (left.must(b, Way::Explicit, place)?, right),
            (_, Unknown) => (left, right.must(a, Way::Explicit, place)?),
            _ => (left, right),
        };
        let (a, b) = (left.ty, right.ty);
        match (a.category(), b.category()) {
            (Number, Number) if !a.array => self.numbers(sign, left, right, position),
            (Time | Span, _) | (_, Time | Span) => self.times(sign, left, right, position),
            (Category::Own(Base::Jsonb), _) if sign == "-" => {
                let target = if b.is_integer() { Base::Int4 } else { Base::Text };
                self.apply_named(
                    "-",
                    sign,
                    left,
                    Type::of(Base::Jsonb),
                    right,
                    Type::of(target),
                    position,
                )
            }
            _ => Err(fail(self)),
        }
    }

    fn numbers(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        use Base::*;
        let place = self.around.place;
        let rank = |ty: Type| match ty.base {
            Int2 => 0,
            Int4 => 1,
            Int8 | Oid | Regclass => 2,
            Numeric => 3,
            Float4 => 4,
            _ => 5,
        };
        let (mut base, suffix) = match rank(left.ty).max(rank(right.ty)) {
            0 => (Int2, "i2"),
            1 => (Int4, "i4"),
            2 => (Int8, "i8"),
            3 => (Numeric, "n"),
            // A real number and anything but another is double precision.
            4 if left.ty == right.ty => (Float4, "f4"),
            _ => (Float8, "f"),
        };
        let mut suffix = suffix;
        if sign == "^" && base != Numeric {
            (base, suffix) = (Float8, "f");
        }
        if sign == "%" && matches!(base, Float4 | Float8) {
            return Err(self.no_operator(sign, left.ty, right.ty, position));
        }
        let shown = format!("({} {sign} {})", left.shown, right.shown);
        let ty = Type::of(base);
        let (left, right) = (
            left.must(ty, Way::Implicit, place)?,
            right.must(ty, Way::Implicit, place)?,
        );
        if sign == "^" {
            let place = crate::programs::sql::functions::named("power")
                .find(|(_, function)| function.result_type(&[]) == ty)
                .map(|(place, _)| place)
                .expect("power takes double precision and numeric");
            return Ok(Bound::new(super::bound::call_at(place, &[&left.sql, &right.sql]), ty, position).shown(shown));
        }
        Ok(Bound::new(call(&format!("{sign}{suffix}"), &[&left.sql, &right.sql]), ty, position).shown(shown))
    }

    fn times(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        use Base::*;
        let (a, b) = (left.ty.base, right.ty.base);
        let number = |ty: Type| ty.category() == Category::Number;
        let whole = |base| matches!(base, Int2 | Int4);
        // The operator's name here, its arguments' types, and whether they change places.
        let (name, x, y, swap) = match (sign, a, b) {
            ("+", Date, b) if whole(b) => ("date+i", Date, Int4, false),
            ("+", a, Date) if whole(a) => ("date+i", Date, Int4, true),
            ("-", Date, b) if whole(b) => ("date-i", Date, Int4, false),
            ("-", Date, Date) => ("date-date", Date, Date, false),
            ("+", Date, Time) => ("date+time", Date, Time, false),
            ("+", Time, Date) => ("date+time", Date, Time, true),
            ("+", Date | Timestamp, Interval) => ("ts+span", Timestamp, Interval, false),
            ("+", Interval, Date | Timestamp) => ("ts+span", Timestamp, Interval, true),
            ("-", Date | Timestamp, Interval) => ("ts-span", Timestamp, Interval, false),
            ("+", Timestamptz, Interval) => ("tz+span", Timestamptz, Interval, false),
            ("+", Interval, Timestamptz) => ("tz+span", Timestamptz, Interval, true),
            ("-", Timestamptz, Interval) => ("tz-span", Timestamptz, Interval, false),
            ("-", Timestamptz, _) | ("-", _, Timestamptz) if cast_way(left.ty, Type::of(Timestamptz)).is_some() => {
                ("ts-ts", Timestamptz, Timestamptz, false)
            }
            ("-", Timestamp | Date, Timestamp | Date) => ("ts-ts", Timestamp, Timestamp, false),
            ("+", Time, Interval) => ("time+span", Time, Interval, false),
            ("+", Interval, Time) => ("time+span", Time, Interval, true),
            ("-", Time, Interval) => ("time-span", Time, Interval, false),
            ("-", Time, Time) => ("time-time", Time, Time, false),
            ("+", Interval, Interval) => ("span+span", Interval, Interval, false),
            ("-", Interval, Interval) => ("span-span", Interval, Interval, false),
            ("*", Interval, _) if number(right.ty) => ("span*f", Interval, Float8, false),
            ("*", _, Interval) if number(left.ty) => ("span*f", Interval, Float8, true),
            ("/", Interval, _) if number(right.ty) => ("span/f", Interval, Float8, false),
            _ => return Err(self.no_operator(sign, left.ty, right.ty, position)),
        };
        let (x, y) = (Type::of(x), Type::of(y));
        if swap {
            let shown = format!("({} {sign} {})", left.shown, right.shown);
            Ok(self.apply_named(name, sign, right, x, left, y, position)?.shown(shown))
        } else {
            self.apply_named(name, sign, left, x, right, y, position)
        }
    }

    pub(super) fn bits(&mut self, sign: &str, left: Bound, right: Bound, position: usize) -> Result<Bound, Report> {
        let place = self.around.place;
        let (a, b) = (left.ty, right.ty);
        let fail = || self.no_operator(sign, a, b, position);
        let ty = common_type(&[&left, &right]).map_err(|_| fail())?;
        if !ty.is_integer() {
            return Err(fail());
        }
        let shown = format!("({} {sign} {})", left.shown, right.shown);
        let (left, right) = (
            left.must(ty, Way::Implicit, place)?,
            right.must(ty, Way::Implicit, place)?,
        );
        let sql = match sign {
            "#" => format!("(({a} | {b}) - ({a} & {b}))", a = left.sql, b = right.sql),
            sign => format!("({} {sign} {})", left.sql, right.sql),
        };
        Ok(Bound::new(sql, ty, position).shown(shown))
    }
}
