//! Things that share files, put together.

use std::collections::BTreeMap;

/// Divides items into the connected components that their files make, by the first item of each; the items of a
/// component keep their order.
pub(crate) fn components<T>(items: Vec<T>, files: impl Fn(&T) -> Vec<u32>) -> Vec<Vec<T>> {
    let mut leaders: Vec<usize> = (0..items.len()).collect();
    let mut holders: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        for file in files(item) {
            let holder = *holders.entry(file).or_insert(at);
            unite(&mut leaders, holder, at);
        }
    }
    let mut components: BTreeMap<usize, Vec<T>> = BTreeMap::new();
    for (at, item) in items.into_iter().enumerate() {
        components.entry(leader(&mut leaders, at)).or_default().push(item);
    }
    components.into_values().collect()
}

/// The smaller leader leads.
fn unite(leaders: &mut [usize], a: usize, b: usize) {
    let (a, b) = (leader(leaders, a), leader(leaders, b));
    leaders[a.max(b)] = a.min(b);
}

/// Halves the way up as it goes.
fn leader(leaders: &mut [usize], mut at: usize) -> usize {
    while leaders[at] != at {
        leaders[at] = leaders[leaders[at]];
        at = leaders[at];
    }
    at
}

#[cfg(test)]
mod tests {
    use super::components;

    #[test]
    fn shared_files_link_over_several_hops() {
        let items = vec![vec![0], vec![1, 2], vec![3], vec![2, 4], vec![4, 0], vec![]];
        let found = components(items, Clone::clone);
        assert_eq!(found, [vec![vec![0], vec![1, 2], vec![2, 4], vec![4, 0]], vec![vec![3]], vec![vec![]]]);
    }
}
