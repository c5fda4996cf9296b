//! What the nodes of an installation tell each other, and which of them does what.
//!
//! A server publishes what happened, and every node hears it, the publishing one included. With a single node that is
//! a function call ([`Bus::local`]): nothing is serialized, queued or lost, and a message has been heard when
//! [`Bus::publish`] returns. Work that may be done once only, such as what happens every second, is done by whoever
//! holds its [`Lease`].
//!
//! Whoever listens must not count on hearing everything: between several nodes a message can be lost with a
//! connection. What must not be lost is in the database, and the message only says that it is worth looking.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// The bus of an installation, for messages of one kind; cheap to clone.
pub struct Bus<M>(Kind<M>);

enum Kind<M> {
    Local(Arc<Local<M>>),
}

type Listener<M> = Arc<dyn Fn(&M) + Send + Sync>;

/// One node, which is all there is.
struct Local<M> {
    node: Node,
    /// Shared, so that nobody is called under the lock: a listener may publish.
    listeners: RwLock<Arc<Vec<Listener<M>>>>,
    leased: Arc<Mutex<HashSet<String>>>,
}

/// A running server of the installation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Node(String);

impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The right to do something that one node at a time may do; dropping it gives it back.
#[derive(Debug)]
pub struct Lease {
    name: String,
    leased: Arc<Mutex<HashSet<String>>>,
}

impl<M> Clone for Bus<M> {
    fn clone(&self) -> Self {
        match &self.0 {
            Kind::Local(local) => Self(Kind::Local(local.clone())),
        }
    }
}

impl<M> Bus<M> {
    /// The bus of an installation with a single node.
    pub fn local() -> Self {
        let node = Node("local".to_owned());
        Self(Kind::Local(Arc::new(Local { node, listeners: RwLock::default(), leased: Arc::default() })))
    }

    /// Calls the function with everything that is published from now on, in the order of publishing of each publisher.
    /// It is called while the publisher waits and so must be quick; what it publishes itself may come between.
    ///
    /// There is no end to listening: a listener lives as long as the server.
    pub fn subscribe(&self, listener: impl Fn(&M) + Send + Sync + 'static) {
        let Kind::Local(local) = &self.0;
        let mut listeners = local.listeners.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut listeners).push(Arc::new(listener));
    }

    /// Tells every node.
    pub fn publish(&self, message: &M) {
        let Kind::Local(local) = &self.0;
        let listeners = local.listeners.read().unwrap_or_else(PoisonError::into_inner).clone();
        for listener in listeners.iter() {
            listener(message);
        }
    }

    /// Takes the right to do what `name` says, unless somebody has it.
    pub fn lease(&self, name: &str) -> Option<Lease> {
        let Kind::Local(local) = &self.0;
        let free = held(&local.leased).insert(name.to_owned());
        free.then(|| Lease { name: name.to_owned(), leased: local.leased.clone() })
    }

    /// This server.
    pub fn node(&self) -> &Node {
        let Kind::Local(local) = &self.0;
        &local.node
    }

    /// The running servers of the installation, this one first.
    pub fn nodes(&self) -> Vec<Node> {
        vec![self.node().clone()]
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        held(&self.leased).remove(&self.name);
    }
}

fn held(leased: &Mutex<HashSet<String>>) -> MutexGuard<'_, HashSet<String>> {
    leased.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_hears_in_order_before_publishing_returns() {
        let bus = Bus::local();
        let heard = Arc::new(Mutex::new(Vec::new()));
        for name in ["one", "two"] {
            let heard = heard.clone();
            bus.subscribe(move |message: &u32| heard.lock().unwrap().push((name, *message)));
        }
        let again = bus.clone();
        bus.publish(&1);
        again.publish(&2);
        assert_eq!(*heard.lock().unwrap(), [("one", 1), ("two", 1), ("one", 2), ("two", 2)]);
    }

    #[test]
    fn whoever_listens_may_publish() {
        let bus = Bus::local();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (kept, echo) = (heard.clone(), bus.clone());
        bus.subscribe(move |message: &u32| {
            kept.lock().unwrap().push(*message);
            if *message == 1 {
                echo.publish(&2);
            }
        });
        bus.publish(&1);
        assert_eq!(*heard.lock().unwrap(), [1, 2]);
    }

    #[test]
    fn a_lease_is_had_by_one_until_it_is_given_back() {
        let bus = Bus::<()>::local();
        let lease = bus.lease("work").expect("nobody has it");
        assert!(bus.clone().lease("work").is_none());
        assert!(bus.lease("other work").is_some());
        drop(lease);
        assert!(bus.lease("work").is_some());
    }

    #[test]
    fn a_single_node_is_alone() {
        let bus = Bus::<()>::local();
        assert_eq!(bus.nodes(), [bus.node().clone()]);
        assert_eq!(bus.node().to_string(), "local");
    }
}
