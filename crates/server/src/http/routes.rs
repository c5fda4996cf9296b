//! The routes of slices: axum's router, which in tests also describes what it answers.
//!
//! The description of an operation is taken from its handler: what it extracts are the parameters and the body, what it
//! returns is the answer. So `openapi.json` cannot say anything else than the router does, and a route that nobody
//! described does not compile in tests. The program itself carries none of it.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

use crate::app::Cx;
#[cfg(test)]
use crate::wire::describe::{Described, Operation};

/// What every handler is outside tests.
#[cfg(not(test))]
pub trait Described<T> {}
#[cfg(not(test))]
impl<H, T> Described<T> for H {}

/// The addresses of a slice.
#[derive(Default)]
pub struct Routes {
    router: Router<Cx>,
    #[cfg(test)]
    operations: Vec<Operation>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// One more address.
    pub fn route(mut self, path: &'static str, methods: Methods) -> Self {
        self.router = self.router.route(path, methods.router);
        #[cfg(test)]
        self.operations.extend(methods.operations.into_iter().map(|operation| operation.at(path)));
        self
    }

    /// Those of another slice too.
    pub fn merge(mut self, other: Routes) -> Self {
        self.router = self.router.merge(other.router);
        #[cfg(test)]
        self.operations.extend(other.operations);
        self
    }

    /// What answers.
    pub fn into_router(self) -> Router<Cx> {
        self.router
    }

    /// What can be asked for, in the order of declaration.
    #[cfg(test)]
    pub(crate) fn into_operations(self) -> Vec<Operation> {
        self.operations
    }
}

/// What one address answers.
pub struct Methods {
    router: MethodRouter<Cx>,
    #[cfg(test)]
    operations: Vec<Operation>,
}

impl Methods {
    /// Bytes that the bodies of the methods so far may have.
    pub fn layer(mut self, limit: DefaultBodyLimit) -> Self {
        self.router = self.router.layer(limit);
        self
    }
}

macro_rules! methods {
    ($($(#[$doc:meta])* $method:ident,)+) => {
        $(
            $(#[$doc])*
            pub fn $method<H, T>(handler: H) -> Methods
            where
                H: Handler<T, Cx> + Described<T>,
                T: 'static,
            {
                Methods {
                    #[cfg(test)]
                    operations: vec![Operation::of::<H, T>(stringify!($method))],
                    router: routing::$method(handler),
                }
            }
        )+

        impl Methods {
            $(
                $(#[$doc])*
                pub fn $method<H, T>(mut self, handler: H) -> Self
                where
                    H: Handler<T, Cx> + Described<T>,
                    T: 'static,
                {
                    #[cfg(test)]
                    self.operations.push(Operation::of::<H, T>(stringify!($method)));
                    self.router = self.router.$method(handler);
                    self
                }
            )+
        }
    };
}

methods! {
    /// Answers `DELETE`.
    delete,
    /// Answers `GET`, and `HEAD`.
    get,
    /// Answers `PATCH`.
    patch,
    /// Answers `POST`.
    post,
    /// Answers `PUT`.
    put,
}
