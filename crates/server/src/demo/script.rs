//! Who works at Acme Robotics, and what they said to each other.

use model::access::Role;
use model::presence::Show;

/// Somebody of the demo.
pub(super) struct Person {
    /// How the script calls them.
    pub key: &'static str,
    /// The name.
    pub name: &'static str,
    /// What the person does.
    pub title: &'static str,
    /// Where.
    pub department: &'static str,
    /// The internal number.
    pub extension: &'static str,
    /// The role.
    pub role: Role,
    /// The choice.
    pub show: Show,
    /// Words.
    pub status: Option<&'static str>,
}

impl Person {
    /// `first.last@acmerobotics.example`, accents folded.
    pub(super) fn email(&self) -> String {
        let fold = |c: char| match c {
            'á' | 'à' => 'a',
            'é' => 'e',
            'ê' => 'e',
            'ë' => 'e',
            'ö' => 'o',
            ' ' => '.',
            other => other,
        };
        let local: String = self.name.to_lowercase().chars().map(fold).collect();
        format!("{local}@acmerobotics.example")
    }
}

macro_rules! person {
    ($key:literal, $name:literal, $title:literal, $department:literal, $extension:literal, $role:ident, $show:ident, $status:expr) => {
        Person {
            key: $key,
            name: $name,
            title: $title,
            department: $department,
            extension: $extension,
            role: Role::$role,
            show: Show::$show,
            status: $status,
        }
    };
}

/// The people, the owner first.
pub(super) const PEOPLE: &[Person] = &[
    person!(
        "nora",
        "Nora Lindqvist",
        "Account executive",
        "Sales EMEA",
        "212",
        Owner,
        Available,
        Some("At the Hannover fair, short answers only")
    ),
    person!("tomas", "Tomás Herrera", "Solution engineer", "Sales EMEA", "214", Admin, Available, None),
    person!("chloe", "Chloé Martin", "Head of sales", "Sales EMEA", "201", Admin, Available, None),
    person!("amara", "Amara Okafor", "Support lead", "Support", "220", Agent, Available, None),
    person!(
        "priya",
        "Priya Raman",
        "Support agent",
        "Support",
        "221",
        Agent,
        Dnd,
        Some("Deep in a log file until noon")
    ),
    person!("jonas", "Jonas Weber", "Account executive", "Sales DACH", "231", Agent, Away, Some("Back on Monday")),
    person!("kenji", "Kenji Mori", "Field engineer", "Service", "241", Agent, Available, None),
    person!("lucia", "Lucia Bianchi", "Marketing manager", "Marketing", "251", Member, Available, None),
    person!("ines", "Inês Carvalho", "Support agent", "Support", "233", Agent, Away, None),
    person!("omar", "Omar Farouk", "Spare parts", "Service", "236", Agent, Available, None),
    person!("sofia", "Sofia Lindgren", "Controller", "Finance", "261", Member, Available, None),
    person!("david", "David Stone", "Product manager", "Product", "240", Member, Available, None),
];

/// Something somebody says.
pub(super) struct Line {
    /// Who.
    pub who: &'static str,
    /// Minutes after the line before.
    pub after: u64,
    /// What; `@key` mentions.
    pub text: &'static str,
    /// It answers the line so many lines back.
    pub answers: Option<usize>,
    /// Emoji and who gave them.
    pub reactions: &'static [(&'static str, &'static [&'static str])],
    /// The names of its files.
    pub files: &'static [&'static str],
}

impl Line {
    const fn with(self, files: &'static [&'static str]) -> Line {
        Line { files, ..self }
    }
}

/// A conversation: direct between the first two people when it has no title.
pub(super) struct Script {
    /// The title of a group.
    pub title: Option<&'static str>,
    /// The description.
    pub description: Option<&'static str>,
    /// Who takes part; the first made it.
    pub people: &'static [&'static str],
    /// Minutes between the last line and now.
    pub ended_minutes_ago: u64,
    /// Messages the first person has not read.
    pub unread_by_first: i64,
    /// What is said, oldest first.
    pub lines: &'static [Line],
}

impl Script {
    /// How long ago a line was said, in minutes.
    pub(super) fn minutes_ago(&self, line: usize) -> u64 {
        let later = self.lines.iter().skip(line + 1).map(|line| line.after).sum::<u64>();
        self.ended_minutes_ago + later
    }
}

const fn say(who: &'static str, after: u64, text: &'static str) -> Line {
    Line { who, after, text, answers: None, reactions: &[], files: &[] }
}

const fn answer(who: &'static str, after: u64, back: usize, text: &'static str) -> Line {
    Line { who, after, text, answers: Some(back), reactions: &[], files: &[] }
}

const fn liked(
    who: &'static str,
    after: u64,
    text: &'static str,
    reactions: &'static [(&'static str, &'static [&'static str])],
) -> Line {
    Line { who, after, text, answers: None, reactions, files: &[] }
}

const HOUR: u64 = 60;
const DAY: u64 = 24 * 60;

/// What was said.
pub(super) const CONVERSATIONS: &[Script] = &[
    Script {
        title: Some("PC-400 launch"),
        description: Some("Everything for the launch of the PC-400 palletizer"),
        people: &["nora", "tomas", "chloe", "lucia", "david", "kenji"],
        ended_minutes_ago: 17,
        unread_by_first: 3,
        lines: &[
            say(
                "david",
                0,
                "The release notes for the PC-400 are final. Three things matter to customers:\n\n- 18 kg per pick\n- mixed pallets straight from order data\n- no fence below 250 mm/s",
            )
            .with(&["pc-400-release-notes.pdf"]),
            liked(
                "lucia",
                25,
                "Then the landing page can go live on *Tuesday*. I need two pictures of the gripper without the cable.",
                &[("👍", &["nora", "david"])],
            ),
            say("kenji", 3 * HOUR, "I can take them at the Gdańsk site tomorrow morning."),
            answer("lucia", 12, 1, "Perfect, landscape please, 2400 px wide."),
            say("kenji", 19 * HOUR, "Two angles, the cable is out of the picture.")
                .with(&["gripper-front.jpg", "gripper-side.jpg"]),
            say(
                "chloe",
                DAY,
                "Pricing is approved: the long arm is an option, not a variant. Please quote it as its own line.",
            ),
            liked("nora", 40, "Good, that makes the Nordfeld offer simpler.", &[("🎉", &["chloe", "tomas", "david"])]),
            say(
                "tomas",
                2 * DAY,
                "Cycle times measured at site B, with the new firmware:\n\n```\nbox 40x30   7.8 s\nbox 60x40   8.4 s\nmixed       9.1 s\n```",
            )
            .with(&["cycle-times-site-b.csv"]),
            say("david", 55, "That is **0.6 s better** than the data sheet. I will update it."),
            say("lucia", 3 * DAY, "The page is live: https://acmerobotics.example/pc-400"),
            liked(
                "chloe",
                4,
                "Looks great. Thank you all!",
                &[("❤️", &["lucia", "nora"]), ("🚀", &["tomas", "david", "kenji"])],
            ),
            say("kenji", 2 * DAY, "Spare gripper pads arrive on Thursday, so the demo cell is complete by Friday."),
            say(
                "tomas",
                5 * HOUR,
                "I checked the reach for lane 4 in Gdańsk: 2.9 m covers lane 3, lane 4 needs the long arm.",
            ),
            say("lucia", 50, "Two journalists want a live demo next week."),
            say("chloe", 9, "@nora can you own the demo on Thursday?"),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["nora", "tomas"],
        ended_minutes_ago: 34,
        unread_by_first: 1,
        lines: &[
            say("nora", 0, "Do you have the reach table for the PC-400 at hand?"),
            say("tomas", 6, "Yes. Short arm 2.4 m, standard 2.9 m, long 3.4 m."),
            liked("nora", 2, "Super, thanks", &[("🙏", &["tomas"])]),
            say(
                "tomas",
                6 * DAY,
                "Nordfeld asked about a conveyor with two heights. We did that at Harbor Foods last year.",
            ),
            answer("nora", 14, 1, "Can you send me the layout? I meet them on Tuesday."),
            say("tomas", 45, "I'll clean it up first, names of the customer are in it."),
            say(
                "tomas",
                2 * DAY,
                "Here is what we can say: two lanes, one robot, 11 picks a minute, floor space 4 × 5 m.",
            )
            .with(&["two-lanes.png"]),
            say("nora", 20, "That is all I need 👌"),
            say("tomas", 3 * HOUR, "I checked the reach for lane 4, see my note in the launch group."),
        ],
    },
    Script {
        title: Some("Sales EMEA team"),
        description: None,
        people: &["chloe", "nora", "tomas", "jonas", "lucia"],
        ended_minutes_ago: 2 * DAY,
        unread_by_first: 0,
        lines: &[
            say("chloe", 0, "Good morning! Forecast by Friday noon, please, in the usual sheet."),
            say("jonas", 2 * HOUR, "DACH is in. Two deals moved to next quarter, reasons are in the comments."),
            say("nora", DAY, "Mine too. Nordfeld is at 60 %, the rest is unchanged."),
            liked(
                "chloe",
                30,
                "Thank you both. Best quarter so far 🎉",
                &[("🎉", &["nora", "jonas", "tomas", "lucia"])],
            ),
            say("lucia", 5 * DAY, "The fair booth is confirmed: hall 17, stand C41.").with(&["hall-17-stand-c41.png"]),
            answer("nora", 8, 1, "Great spot. I am there on Tuesday and Wednesday."),
            say("jonas", 3 * DAY, "Forecast is in the sheet."),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["nora", "amara"],
        ended_minutes_ago: 66,
        unread_by_first: 1,
        lines: &[
            say("amara", 0, "Hi Nora, Elena from Volta Foods asked for you in the support queue."),
            say("nora", 15, "What is it about?"),
            say(
                "amara",
                3,
                "Their engineer arrives on Thursday at 8, and she wants to know whether the safety scanner can be mounted before.",
            ),
            say("nora", 7, "Yes, if power is there. I'll write to her."),
            liked("amara", 1, "Thanks!", &[("👍", &["nora"])]),
            say("amara", 4 * DAY, "Can you cover Support from 15:00 for an hour? Priya has a doctor's appointment."),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["nora", "priya"],
        ended_minutes_ago: 3 * DAY,
        unread_by_first: 0,
        lines: &[
            say("priya", 0, "The ticket of Lindgren Bryggeri is solved, it was the encoder cable."),
            say("nora", 12, "That was fast! Did they say anything about the second cell?"),
            say("priya", 4, "They will decide next week."),
            say("nora", 3, "thanks, closing it then"),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["nora", "jonas"],
        ended_minutes_ago: 4 * DAY,
        unread_by_first: 0,
        lines: &[
            say("jonas", 0, "Do you know anybody at Almeida Plásticos?"),
            say("nora", 30, "Hugo, head of production. Call him, he never reads mails."),
            liked("jonas", 2, "Got him on the phone at once 😄", &[("😄", &["nora"])]),
        ],
    },
    Script {
        title: Some("Support and service"),
        description: Some("Handover between the hotline and the field"),
        people: &["amara", "priya", "ines", "omar", "kenji", "nora"],
        ended_minutes_ago: 3 * HOUR,
        unread_by_first: 0,
        lines: &[
            say("amara", 0, "New rule: a ticket that waits for a part gets the label *parts*, so that Omar sees it."),
            say("omar", 20, "Thank you! I look at it at 9 and at 14."),
            say("ines", DAY, "Two tickets with the same gripper fault this week, serial numbers 4411 and 4415. It sounds like this:")
                .with(&["gripper-4411-noise.wav"]),
            say("kenji", 3 * HOUR, "Both are from the batch of May. I'll take pads with me."),
            answer("omar", 10, 1, "Stock is 14, I set 4 aside for you."),
            liked(
                "priya",
                2 * DAY,
                "Volta Foods is running again after the update.",
                &[("💪", &["amara", "kenji", "ines"])],
            ),
            say("amara", 6 * HOUR, "Shift plan for December is up, please look at it until Wednesday.")
                .with(&["shifts-december.csv"]),
            say("ines", 40, "I can swap the 24th with somebody who wants the 31st."),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["nora", "chloe"],
        ended_minutes_ago: 5 * HOUR,
        unread_by_first: 0,
        lines: &[
            say("chloe", 0, "How did the call with Marta go?"),
            say("nora", 22, "Well. She wants the long arm for lane 4 and an answer on the price before Friday."),
            say("chloe", 3, "You can go down to 4 % on the arm, not on the cell."),
            liked("nora", 1, "Understood, I will start at zero.", &[("💯", &["chloe"])]),
            say("chloe", 6 * HOUR, "Please bring the numbers to the Monday round."),
            say("nora", 9, "Will do."),
        ],
    },
    Script {
        title: None,
        description: None,
        people: &["tomas", "kenji"],
        ended_minutes_ago: DAY,
        unread_by_first: 0,
        lines: &[
            say("kenji", 0, "Which firmware is on the demo cell?"),
            say("tomas", 5, "2.4.1, please keep it until the fair is over."),
            say("kenji", 2, "ok"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_who_speaks_takes_part() {
        for script in CONVERSATIONS {
            assert!(script.people.iter().all(|key| PEOPLE.iter().any(|person| person.key == *key)));
            for line in script.lines {
                let reacting = line.reactions.iter().flat_map(|(_, keys)| keys.iter());
                assert!(reacting.chain([&line.who]).all(|key| script.people.contains(key)), "{}", line.text);
            }
        }
    }

    #[test]
    fn addresses_are_plain() {
        assert!(PEOPLE.iter().all(|person| model::text::email(&person.email()).is_ok() && person.email().is_ascii()));
    }
}
