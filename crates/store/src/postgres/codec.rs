//! Values as PostgreSQL wants them: the type of the parameter or of the column decides.

use std::borrow::Cow;
use std::error::Error as StdError;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

use crate::value::{Mismatch, Value};

type Fault = Box<dyn StdError + Sync + Send>;

/// A cell of a row.
pub(crate) fn cell(row: &tokio_postgres::Row, at: usize) -> Result<Value<'_>, Mismatch> {
    row.try_get(at).map_err(|error| Mismatch(error.source().map_or_else(|| error.to_string(), ToString::to_string)))
}

impl ToSql for Value<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Fault> {
        let ty = base(ty);
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Int(int), &Type::INT8) => int.to_sql(ty, out),
            (Value::Int(int), &Type::INT4) => i32::try_from(*int)?.to_sql(ty, out),
            (Value::Int(int), &Type::INT2) => i16::try_from(*int)?.to_sql(ty, out),
            (Value::Int(int), &Type::BOOL) => (*int != 0).to_sql(ty, out),
            (Value::Int(int), &Type::FLOAT8) => (*int as f64).to_sql(ty, out),
            (Value::Real(real), &Type::FLOAT8) => real.to_sql(ty, out),
            (Value::Real(real), &Type::FLOAT4) => (*real as f32).to_sql(ty, out),
            (Value::Text(text), &Type::JSONB) => {
                // The version of the binary form.
                out.put_u8(1);
                out.put_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            (
                Value::Text(text),
                &(Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN),
            ) => {
                out.put_slice(text.as_bytes());
                Ok(IsNull::No)
            }
            (Value::Blob(bytes), &Type::UUID) if bytes.len() != 16 => {
                Err(format!("an id has 16 bytes, not {}", bytes.len()).into())
            }
            (Value::Blob(bytes), &(Type::BYTEA | Type::UUID)) => {
                out.put_slice(bytes);
                Ok(IsNull::No)
            }
            (value, ty) => Err(format!("{} cannot be given to a parameter of type {ty}", value.kind()).into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        // Each value is checked with its type above; a refusal there names both.
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Fault> {
        let ty = base(ty);
        match *ty {
            Type::INT8 => Ok(Value::Int(i64::from_sql(ty, raw)?)),
            Type::INT4 => Ok(Value::Int(i32::from_sql(ty, raw)?.into())),
            Type::INT2 => Ok(Value::Int(i16::from_sql(ty, raw)?.into())),
            Type::BOOL => Ok(Value::Int(bool::from_sql(ty, raw)?.into())),
            Type::FLOAT8 => Ok(Value::Real(f64::from_sql(ty, raw)?)),
            Type::FLOAT4 => Ok(Value::Real(f32::from_sql(ty, raw)?.into())),
            Type::BYTEA | Type::UUID => Ok(Value::Blob(Cow::Borrowed(raw))),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => {
                Ok(Value::Text(Cow::Borrowed(std::str::from_utf8(raw)?)))
            }
            Type::JSONB => Ok(Value::Text(Cow::Borrowed(std::str::from_utf8(raw.get(1..).unwrap_or_default())?))),
            Type::VOID => Ok(Value::Null),
            Type::NUMERIC => Err("a sum of bigint is numeric in PostgreSQL: write `cast(… as bigint)`".into()),
            _ => Err(format!("type {ty} is not one that both engines have").into()),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Fault> {
        Ok(Value::Null)
    }

    fn accepts(_: &Type) -> bool {
        // As above.
        true
    }
}

fn base(ty: &Type) -> &Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner),
        _ => ty,
    }
}
