//! What the digests of one session come to: its profile, or what its tools are used to.
//!
//! Both go the same walk over the files; only the reducer at its end differs.

use goodhart_features::{Digest, Fold, Profile};

/// A digest on its way to a session.
#[allow(clippy::large_enum_variant, reason = "a box for each digest would be the copy that this saves")]
pub(crate) enum Handed<'d> {
    /// For good.
    Over(Digest),
    /// By a thread that wants its memory back.
    Lent(&'d mut Digest),
}

impl Handed<'_> {
    pub(crate) fn get_mut(&mut self) -> &mut Digest {
        match self {
            Handed::Over(digest) => digest,
            Handed::Lent(digest) => digest,
        }
    }

    /// To stay.
    pub(crate) fn kept(self) -> Digest {
        match self {
            Handed::Over(digest) => digest,
            Handed::Lent(digest) => digest.clone(),
        }
    }
}

/// Takes the digests of one session in order.
pub(crate) trait Reducer: Send {
    /// What remains of the session.
    type Output: Send;

    /// Takes the next digest of the session itself.
    fn push(&mut self, digest: Handed<'_>);

    /// Takes history that another session owns.
    fn remember(&mut self, digest: &Digest);

    /// The session is complete.
    fn finish(self) -> Self::Output;
}

impl Reducer for Fold<'_> {
    type Output = Profile;

    fn push(&mut self, digest: Handed<'_>) {
        self.push_owned(digest.kept()).expect("because digests are numbered as they are handed over");
    }

    fn remember(&mut self, digest: &Digest) {
        Fold::remember(self, digest).expect("because digests are numbered as they are handed over");
    }

    fn finish(self) -> Profile {
        self.into_profile()
    }
}
