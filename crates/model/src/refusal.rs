//! Refusals: the expected "no", with a stable code, a status and a sentence for a person.
//!
//! Clients translate by code (`error.<code>`) and fall back to the sentence.
//! What nobody expected is a fault of the server and lives there.

use serde_json::Value;

/// An expected "no".
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Which one.
    pub code: Code,
    /// Facts the client can put into its sentence, such as `tries_left`.
    pub details: Option<Value>,
    /// When trying again makes sense, in seconds; sent as `Retry-After`.
    pub retry_after_secs: Option<u64>,
}

impl Refusal {
    /// The refusal with facts for the client's sentence.
    pub fn with(code: Code, details: Value) -> Self {
        Self { code, details: Some(details), retry_after_secs: None }
    }

    /// Too much from one source: try again after so many seconds.
    pub fn slow_down(retry_after_secs: u64) -> Self {
        Self { code: Code::TooManyRequests, details: None, retry_after_secs: Some(retry_after_secs.max(1)) }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Self { code, details: None, retry_after_secs: None }
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.sentence())
    }
}

impl std::error::Error for Refusal {}

macro_rules! codes {
    ($($code:ident = $status:literal $word:literal $sentence:literal,)+) => {
        /// Every refusal there is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export, rename = "RefusalCode"), schemars(rename = "RefusalCode"))]
        pub enum Code { $(#[doc = $sentence] #[serde(rename = $word)] $code,)+ }

        impl Code {
            /// Every code, for checks.
            pub const ALL: &'static [Code] = &[$(Code::$code,)+];

            /// The stable code on the wire.
            pub fn word(self) -> &'static str {
                match self { $(Code::$code => $word,)+ }
            }

            /// The HTTP status it is answered with.
            pub fn status(self) -> u16 {
                match self { $(Code::$code => $status,)+ }
            }

            /// The sentence for a person, in English.
            pub fn sentence(self) -> &'static str {
                match self { $(Code::$code => $sentence,)+ }
            }
        }
    };
}

codes! {
    NotSignedIn = 401 "not_signed_in" "Sign in first.",
    NotAllowed = 403 "not_allowed" "You may not do this. Ask an administrator.",
    NotInPlan = 403 "not_in_plan" "Your plan does not contain this.",
    WrongOrigin = 403 "wrong_origin" "This request came from another site.",
    NotFound = 404 "not_found" "This does not exist, or you cannot see it.",
    MethodNotAllowed = 405 "method_not_allowed" "This address does not answer that method.",
    BadRequest = 400 "bad_request" "The request could not be read.",
    TooLarge = 413 "too_large" "This is larger than allowed.",
    TooManyRequests = 429 "too_many_requests" "That was too much at once. Wait a little and try again.",
    InvalidEmail = 422 "invalid_email" "This is not a full email address.",
    InvalidName = 422 "invalid_name" "Use 1 to 80 characters for the name.",
    InvalidDomain = 422 "invalid_domain" "This is not a domain such as example.com.",
    InvalidLanguage = 422 "invalid_language" "This language is not available.",
    CodeWrong = 422 "code_wrong" "This code is not right.",
    CodeExpired = 422 "code_expired" "This code has expired. Take a new one.",
    NoMembership = 403 "no_membership" "This address does not belong to an organization here. Ask for an invitation.",
    MemberSuspended = 403 "member_suspended" "Your access is suspended. Ask an administrator.",
    SignInCancelled = 403 "sign_in_cancelled" "The sign-in was cancelled.",
    SignInStale = 403 "sign_in_stale" "This sign-in has ended, or it began in another browser. Start again.",
    ProviderUnavailable = 409 "provider_unavailable" "The sign-in service cannot be reached right now. Try again in a moment, or use a code.",
    ProviderRefused = 403 "provider_refused" "The sign-in service did not sign you in.",
    ProviderUntrusted = 403 "provider_untrusted" "What the sign-in service said could not be verified.",
    ProviderNoEmail = 403 "provider_no_email" "The sign-in service did not tell an email address.",
    TenantNotAllowed = 403 "tenant_not_allowed" "This Microsoft account is of an organization that may not sign in here.",
    ScopesMissing = 422 "scopes_missing" "Choose what the token may be used for.",
    TooManyTokens = 409 "too_many_tokens" "A person has at most 50 tokens. Revoke one first.",
    SetupLinkInvalid = 404 "setup_link_invalid" "This set-up link is not valid, or it was used already.",
    DomainTaken = 409 "domain_taken" "Another organization uses this domain.",
    InvitationInvalid = 404 "invitation_invalid" "This invitation is not valid any more. Ask for a new one.",
    TooManyInvitations = 422 "too_many_invitations" "Invite 1 to 200 people at once.",
    DuplicateEmail = 422 "duplicate_email" "This address stands here more than once.",
    InvalidRole = 422 "invalid_role" "This role is not available.",
    InvalidPlan = 422 "invalid_plan" "This plan is not available.",
    TableUnreadable = 422 "table_unreadable" "This is not a table with a column called email.",
    TableTooLong = 422 "table_too_long" "A table has at most 1,000 rows.",
    AlreadyMember = 409 "already_member" "This person is a member already.",
    MemberInvited = 409 "member_invited" "This person has not joined yet. Withdraw the invitation instead.",
    SeatsExhausted = 409 "seats_exhausted" "Every seat of this plan is taken.",
    LastOwner = 409 "last_owner" "An organization needs at least one owner.",
    MessageEmpty = 422 "message_empty" "A message needs text or a file.",
    MessageTooLong = 422 "message_too_long" "A message has at most 16,000 characters.",
    MessageGone = 409 "message_gone" "This message was deleted.",
    NotYourMessage = 403 "not_your_message" "Only the author can change a message.",
    InvalidReaction = 422 "invalid_reaction" "This is not an emoji.",
    TooManyReactions = 409 "too_many_reactions" "A message carries at most 50 different reactions.",
    InvalidTitle = 422 "invalid_title" "Use 1 to 120 characters for the title.",
    DescriptionTooLong = 422 "description_too_long" "A description has at most 500 characters.",
    TooManyParticipants = 409 "too_many_participants" "A conversation has at most 1,000 participants.",
    DirectIsForTwo = 409 "direct_is_for_two" "A direct conversation is for two people. Start a group instead.",
    DirectCannotBeLeft = 409 "direct_cannot_be_left" "A direct conversation cannot be left. Hide it instead.",
    TooManyTargets = 422 "too_many_targets" "Forward to at most 20 conversations at once.",
    TooManyPins = 409 "too_many_pins" "At most 100 messages can be pinned.",
    StatusTooLong = 422 "status_too_long" "A status message has at most 100 characters.",
    ClearsInThePast = 422 "clears_in_the_past" "Choose a time in the future.",
    FileEmpty = 422 "file_empty" "This file is empty.",
    FileTooLarge = 413 "file_too_large" "This file is larger than allowed.",
    FileNameInvalid = 422 "file_name_invalid" "This file needs a name of 1 to 255 characters.",
    FileBeyondSize = 422 "file_beyond_size" "This is more than the announced size of the file.",
    FileOffset = 409 "file_offset" "The upload goes on at another place.",
    FileIncomplete = 409 "file_incomplete" "This file is not uploaded completely.",
    TooManyFiles = 422 "too_many_files" "A message carries at most 20 files.",
    TooManyUploads = 409 "too_many_uploads" "Too many files wait to be sent. Send or remove some of them first.",
    RangeUnsatisfiable = 416 "range_unsatisfiable" "The file has no such part.",
    PictureUnreadable = 422 "picture_unreadable" "This picture cannot be read. Use a PNG, JPEG, WebP or GIF.",
    NameNotRepeated = 422 "name_not_repeated" "Type the name exactly as it is shown.",
    TooManyPhonebooks = 409 "too_many_phonebooks" "There are at most 100 shared phonebooks, and 100 of your own.",
    PhonebookFull = 409 "phonebook_full" "A phonebook has at most 100,000 contacts.",
    ContactNameless = 422 "contact_nameless" "A contact needs a name or a company.",
    FieldTooLong = 422 "field_too_long" "One of the fields is too long.",
    InvalidNumber = 422 "invalid_number" "This is not a phone number.",
    TooManyNumbers = 422 "too_many_numbers" "A contact has at most 10 short numbers.",
    QueryTooLong = 422 "query_too_long" "Search for at most 200 characters.",
    ImportEmpty = 422 "import_empty" "There is nothing in this file that can be imported.",
    ImportTooLarge = 413 "import_too_large" "An import has at most 10 MB and 100,000 rows.",
    ExportRunning = 409 "export_running" "Another export of yours is running. Wait until it is done, or cancel it.",
    ImportRunning = 409 "import_running" "Another import is running. Wait until it is done, or cancel it.",
    InvalidMapping = 422 "invalid_mapping" "Choose a column for the name or the company, and use each field once.",
    FeedbackEmpty = 422 "feedback_empty" "Write 1 to 4,000 characters.",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_refuse() {
        let mut words: Vec<_> = Code::ALL.iter().map(|code| code.word()).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| (400..500).contains(&code.status()) && code.sentence().ends_with('.')));
    }
}
