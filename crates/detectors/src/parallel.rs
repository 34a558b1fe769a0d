//! One piece of work a member: on all cores with the feature `parallel`, else one after the other.

/// The results in the order of the items, whatever the number of threads.
#[cfg(feature = "parallel")]
pub(crate) fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    use rayon::prelude::*;
    items.par_iter().map(work).collect()
}

/// The results in the order of the items.
#[cfg(not(feature = "parallel"))]
pub(crate) fn each<T, R>(items: &[T], work: impl Fn(&T) -> R) -> Vec<R> {
    items.iter().map(work).collect()
}
