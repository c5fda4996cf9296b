//! Phone numbers in the one form they are compared in: E.164, such as `+3904611715112` (DIR-14).
//!
//! A small normalizer, not a validator. It knows every country calling code, and for some fifty countries how a number
//! is dialled from inside (the trunk prefix) and how other countries are reached from there. It does not know which
//! numbers are in use, nor the mobile prefixes of Argentina and Mexico. Google's tables (`rlibphonenumber`) know all of
//! that and replace [`e164`] when the telephone system needs it; the crate and what it builds on were too heavy for
//! comparing contacts.

use serde::{Deserialize, Serialize};

/// Digits below which a number is an extension, a code or an emergency number, and never a national number.
pub const NATIONAL_MIN: usize = 6;
/// Digits of an E.164 number, country code included.
const E164_MAX: usize = 15;

/// A number as somebody typed it, and as it is compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PhoneNumber {
    /// As typed.
    pub typed: String,
    /// In international form; none when no country is known for it, or it is no outside number.
    pub e164: Option<String>,
}

/// A country whose way of dialling is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region(&'static Rules);

#[derive(Debug, PartialEq, Eq)]
struct Rules {
    /// ISO 3166, two letters.
    iso: &'static str,
    /// The country calling code.
    code: &'static str,
    /// What is dialled before a national number and is no part of it; empty when there is none.
    trunk: &'static str,
    /// What is dialled for other countries.
    exit: &'static str,
}

macro_rules! regions {
    ($($iso:literal $code:literal $trunk:literal $exit:literal,)+) => {
        const REGIONS: &[Rules] = &[$(Rules { iso: $iso, code: $code, trunk: $trunk, exit: $exit },)+];
    };
}

regions! {
    "AT" "43" "0" "00", "AU" "61" "0" "0011", "BE" "32" "0" "00", "BG" "359" "0" "00", "BR" "55" "0" "00",
    "CA" "1" "1" "011", "CH" "41" "0" "00", "CN" "86" "0" "00", "CY" "357" "" "00", "CZ" "420" "" "00",
    "DE" "49" "0" "00", "DK" "45" "" "00", "EE" "372" "" "00", "EG" "20" "0" "00", "ES" "34" "" "00",
    "FI" "358" "0" "00", "FR" "33" "0" "00", "GB" "44" "0" "00", "GR" "30" "" "00", "HR" "385" "0" "00",
    "HU" "36" "06" "00", "IE" "353" "0" "00", "IL" "972" "0" "00", "IN" "91" "0" "00", "IS" "354" "" "00",
    "IT" "39" "" "00", "JP" "81" "0" "010", "KR" "82" "0" "00", "LI" "423" "" "00", "LT" "370" "0" "00",
    "LU" "352" "" "00", "LV" "371" "" "00", "MA" "212" "0" "00", "MC" "377" "" "00", "MT" "356" "" "00",
    "NG" "234" "0" "009", "NL" "31" "0" "00", "NO" "47" "" "00", "NZ" "64" "0" "00", "PL" "48" "" "00",
    "PT" "351" "" "00", "RO" "40" "0" "00", "RS" "381" "0" "00", "RU" "7" "8" "810", "SE" "46" "0" "00",
    "SI" "386" "0" "00", "SK" "421" "0" "00", "SM" "378" "" "00", "TR" "90" "0" "00", "UA" "380" "0" "00",
    "US" "1" "1" "011", "VA" "39" "" "00", "ZA" "27" "0" "00",
}

impl Region {
    /// The region of two ISO letters; none when its way of dialling is not known.
    pub fn of(iso: &str) -> Option<Region> {
        REGIONS.iter().find(|rules| rules.iso.eq_ignore_ascii_case(iso)).map(Region)
    }
}

/// The number in international form. `region` is where a number without a country code belongs.
pub fn e164(typed: &str, region: Option<Region>) -> Option<String> {
    let number = without_extension(typed);
    if number.chars().any(|c| !c.is_ascii_digit() && !" +()-./\u{a0}\u{2010}\u{2011}\u{2013}".contains(c)) {
        return None;
    }
    let number = number.trim_start_matches(|c: char| c == '(' || c.is_whitespace());
    let all = digits(number);
    let exit = region.map_or("00", |region| region.0.exit);
    if number.starts_with('+') {
        // `+49 (0)40` writes both ways of dialling at once.
        return international(&digits(&number.replacen("(0)", "", 1)));
    }
    if let Some(abroad) = all.strip_prefix(exit).filter(|rest| rest.len() > NATIONAL_MIN) {
        let doubled = number.contains("(0)");
        return international(&if doubled {
            digits(&number.replacen("(0)", "", 1))[exit.len()..].to_owned()
        } else {
            abroad.to_owned()
        });
    }
    national(&all, region?)
}

/// The digits of a text.
pub fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// What stands before `tel:` parameters and before an extension such as `ext. 42`, `x42` or `,42`.
fn without_extension(typed: &str) -> &str {
    let typed = typed.trim();
    let number = match typed.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &typed[4..],
        _ => typed,
    };
    let begins = |c: char| matches!(c, ';' | ',' | 'x' | 'X' | 'e' | 'E');
    match number.char_indices().find(|(at, c)| *at > 0 && begins(*c)) {
        Some((at, _)) => &number[..at],
        None => number,
    }
}

fn international(digits: &str) -> Option<String> {
    let code = calling_code(digits)?;
    let mut rest = &digits[code.len()..];
    // Somebody left the prefix in that is only dialled inside of the country.
    if REGIONS.iter().any(|rules| rules.code == code && rules.trunk == "0") {
        rest = rest.strip_prefix('0').unwrap_or(rest);
        if rest.starts_with('0') {
            return None;
        }
    }
    let fits = rest.len() >= 4 && code.len() + rest.len() <= E164_MAX;
    fits.then(|| format!("+{code}{rest}"))
}

fn national(digits: &str, Region(rules): Region) -> Option<String> {
    if digits.len() < NATIONAL_MIN {
        return None;
    }
    let rest = match rules.code {
        // A seven-digit number needs an area that is not written; nothing begins with 0 or 1.
        "1" => {
            let rest = if digits.len() == 11 { digits.strip_prefix('1')? } else { digits };
            (rest.len() == 10 && !rest.starts_with(['0', '1'])).then_some(rest)?
        }
        "7" => (digits.len() == 11).then(|| digits.strip_prefix('8')).flatten().unwrap_or(digits),
        _ => digits.strip_prefix(rules.trunk).unwrap_or(digits),
    };
    // Where 0 leads out of an area, no area begins with it.
    if rules.trunk == "0" && rest.starts_with('0') {
        return None;
    }
    (rules.code.len() + rest.len() <= E164_MAX).then(|| format!("+{}{rest}", rules.code))
}

/// The country calling code that these digits begin with; no code is the beginning of another (ITU-T E.164).
fn calling_code(digits: &str) -> Option<&str> {
    let number = |length: usize| digits.get(..length).and_then(|code| code.parse::<u16>().ok());
    let one = matches!(number(1)?, 1 | 7);
    let two = matches!(number(2)?, 20 | 27 | 30..=34 | 36 | 39..=41 | 43..=49 | 51..=58 | 60..=66 | 81 | 82 | 84 | 86 | 90..=95 | 98);
    let three = matches!(number(3)?, 211..=213 | 216 | 218 | 220..=269 | 290 | 291 | 297..=299 | 350..=359 | 370..=383
        | 385..=387 | 389 | 420 | 421 | 423 | 500..=509 | 590..=599 | 670 | 672..=683 | 685..=692 | 800 | 808 | 850
        | 852 | 853 | 855 | 856 | 870 | 878 | 880..=883 | 886 | 888 | 960..=968 | 970..=977 | 979 | 992..=996 | 998);
    match (one, two, three) {
        (true, _, _) => digits.get(..1),
        (_, true, _) => digits.get(..2),
        (_, _, true) => digits.get(..3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(typed: &str, region: &str, expected: Option<&str>) {
        assert_eq!(e164(typed, Region::of(region)).as_deref(), expected, "{typed} in {region}");
    }

    #[test]
    fn international_forms() {
        check("+39 0461 1715112", "", Some("+3904611715112"));
        check("+39 (0)461 1715112", "", Some("+394611715112"));
        check("0039 0461-1715112", "", Some("+3904611715112"));
        check("+49 (0)40 / 1234-567", "", Some("+49401234567"));
        check("0049 (0)40 1234567", "DE", Some("+49401234567"));
        check("+44 020 7946 0958", "", Some("+442079460958"));
        check("011 44 20 7946 0958", "US", Some("+442079460958"));
        check("tel:+33-1-42-68-53-00;ext=12", "", Some("+33142685300"));
        check("(+33) 1 42 68 53 00", "", Some("+33142685300"));
    }

    #[test]
    fn national_forms_need_a_region() {
        check("0461 1715112", "IT", Some("+3904611715112"));
        check("040 1234567", "DE", Some("+49401234567"));
        check("01 42 68 53 00 ext 42", "FR", Some("+33142685300"));
        check("(415) 555-2671", "US", Some("+14155552671"));
        check("1 415 555 2671 x42", "US", Some("+14155552671"));
        check("8 (495) 123-45-67", "RU", Some("+74951234567"));
        check("06 1 234 5678", "HU", Some("+3612345678"));
        check("612 345 678", "es", Some("+34612345678"));
        check("040 1234567", "", None);
        check("040 1234567", "XX", None);
    }

    #[test]
    fn what_is_no_outside_number() {
        for typed in
            ["", "201", "112", "81", "*1", "*61*0461#", "1-800-FLOWERS", "ask him", "+", "+999 1234567", "+39 1"]
        {
            check(typed, "IT", None);
        }
        check("555-2671", "US", None);
        check(&format!("+39{}", "1".repeat(20)), "IT", None);
    }

    #[test]
    fn no_calling_code_is_the_beginning_of_another() {
        for number in 0..1000_u32 {
            let digits = format!("{number:03}");
            let code = calling_code(&digits);
            assert!(code.is_none_or(|code| digits.starts_with(code)));
        }
        assert_eq!(calling_code("12"), None, "too short to tell");
        assert!(REGIONS.iter().all(|rules| calling_code(&format!("{}000", rules.code)) == Some(rules.code)));
    }
}
