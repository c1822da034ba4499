//! Outcome of an attempt to send a message, and the pauses between attempts.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    db::{ClaimedMessage, MessageOutcome},
    domain::MessageState,
    mail::ends_address,
    outside::SendFault,
};

/// Pauses after temporary refusals. The last one repeats until the message is given up.
const PAUSES: [Duration; 9] = [
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(15),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
    Duration::from_hours(8),
    Duration::from_hours(12),
];
/// Time after its first refusal at which a message is given up.
const GIVE_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Returns an outcome without anything that is known of the message only once it is composed.
pub fn outcome(claim: &ClaimedMessage, state: MessageState, reply: impl Into<String>) -> MessageOutcome {
    MessageOutcome {
        id: claim.id,
        lease: claim.lease,
        state,
        reply: reply.into(),
        retry_seconds: 0.0,
        failed: false,
        recipient: None,
        storage_key: None,
        bytes: None,
        ends_address: false,
    }
}

/// The message was not attempted, or the fault was not its own: it is due again after a pause.
pub fn released(claim: &ClaimedMessage, reply: impl Into<String>, pause: Duration) -> MessageOutcome {
    MessageOutcome { retry_seconds: pause.as_secs_f64(), ..outcome(claim, MessageState::Queued, reply) }
}

/// The message was refused for now: it is due again after a pause that grows, or given up.
pub fn deferred(claim: &ClaimedMessage, reply: impl Into<String>, at_least: Duration) -> MessageOutcome {
    let failing_since = claim.failing_since.unwrap_or_else(Timestamp::now);
    if Timestamp::now().duration_since(failing_since) > GIVE_UP_AFTER {
        return outcome(claim, MessageState::Failed, format!("given up after three days: {}", reply.into()));
    }
    let index = usize::try_from(claim.failures).unwrap_or(0).min(PAUSES.len() - 1);
    MessageOutcome { failed: true, ..released(claim, reply, PAUSES[index].max(at_least)) }
}

/// Returns the outcome of a fault that is about this message.
pub fn refused(claim: &ClaimedMessage, fault: &SendFault, pause: Duration) -> MessageOutcome {
    match fault {
        SendFault::Permanent { reply, status } => MessageOutcome {
            ends_address: status.as_deref().is_some_and(ends_address),
            ..outcome(claim, MessageState::Bounced, reply)
        },
        SendFault::Unsupported => outcome(claim, MessageState::Failed, fault.to_string()),
        SendFault::Temporary { reply } | SendFault::Unknown { reply } => deferred(claim, reply, pause),
        SendFault::Server { reply } => released(claim, reply, pause),
        SendFault::Closed => released(claim, fault.to_string(), pause),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use uuid::Uuid;

    use super::*;
    use crate::domain::MessageKind;

    fn claim(failures: i16, age: SignedDuration) -> ClaimedMessage {
        let at = Timestamp::now() - age;
        ClaimedMessage {
            id: Uuid::nil(),
            lease: 1,
            organizer: None,
            registration: None,
            kind: MessageKind::Confirmation,
            recipient: None,
            detail: None,
            job: None,
            failures,
            created_at: at,
            tried_at: at,
            failing_since: Some(at),
            until: Instant::now(),
        }
    }

    #[test]
    fn refused_messages_are_tried_for_three_days() {
        let (mut age, mut attempts) = (SignedDuration::ZERO, 0);
        let last = loop {
            let next = deferred(&claim(attempts, age), "busy", Duration::ZERO);
            if next.state == MessageState::Failed {
                break next;
            }
            assert!(next.failed && next.retry_seconds >= 60.0);
            age += SignedDuration::from_secs_f64(next.retry_seconds);
            attempts += 1;
        };
        assert_eq!(last.reply, "given up after three days: busy");
        assert!((10..20).contains(&attempts), "{attempts} attempts");
        assert!(age > GIVE_UP_AFTER && age < SignedDuration::from_hours(90), "{age}");
    }

    #[test]
    fn only_addresses_that_do_not_exist_are_suppressed() {
        let claim = claim(0, SignedDuration::ZERO);
        let permanent = |status: &str| SendFault::Permanent { reply: "550".into(), status: Some(status.into()) };
        assert!(refused(&claim, &permanent("5.1.1"), Duration::ZERO).ends_address);
        assert!(!refused(&claim, &permanent("5.7.1"), Duration::ZERO).ends_address);
        let server = refused(&claim, &SendFault::Server { reply: "gone".into() }, Duration::from_secs(7));
        assert_eq!((server.state, server.failed, server.retry_seconds), (MessageState::Queued, false, 7.0));
    }
}
