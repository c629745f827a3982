//! The best one-to-one assignment of rows to columns.
//!
//! Kuhn 1955, in the form with potentials: each column is added along a cheapest augmenting path.

use ndarray::{Array2, ArrayView2};

/// Returns, for each column, the row that it gets, so that the profits of all pairs sum to the most; `None`
/// where there are more columns than rows and the column goes without.
pub(crate) fn assign(profit: ArrayView2<'_, f64>) -> Vec<Option<usize>> {
    let (rows, columns) = profit.dim();
    if columns <= rows {
        let cost = Array2::from_shape_fn((columns, rows), |(column, row)| -profit[[row, column]]);
        return solve(&cost).into_iter().map(Some).collect();
    }
    let cost = profit.mapv(|profit| -profit);
    let mut row_of = vec![None; columns];
    for (row, column) in solve(&cost).into_iter().enumerate() {
        row_of[column] = Some(row);
    }
    row_of
}

/// Returns the place of each agent, of whom there are no more than places, so that costs sum to the least.
fn solve(cost: &Array2<f64>) -> Vec<usize> {
    let (agents, places) = cost.dim();
    // Agents and places count from 1: place 0 stands for the agent that is being added.
    let (mut of_agent, mut of_place) = (vec![0.0; agents + 1], vec![0.0; places + 1]);
    let mut agent_at = vec![0; places + 1];
    for agent in 1..=agents {
        agent_at[0] = agent;
        let mut place = 0;
        let mut slack = vec![f64::INFINITY; places + 1];
        let mut came_from = vec![0; places + 1];
        let mut visited = vec![false; places + 1];
        while agent_at[place] != 0 {
            visited[place] = true;
            let (current, mut step, mut next) = (agent_at[place], f64::INFINITY, 0);
            for other in (1..=places).filter(|&other| !visited[other]) {
                let reduced = cost[[current - 1, other - 1]] - of_agent[current] - of_place[other];
                if reduced < slack[other] {
                    slack[other] = reduced;
                    came_from[other] = place;
                }
                if slack[other] < step {
                    step = slack[other];
                    next = other;
                }
            }
            for other in 0..=places {
                if visited[other] {
                    of_agent[agent_at[other]] += step;
                    of_place[other] -= step;
                } else {
                    slack[other] -= step;
                }
            }
            place = next;
        }
        while place != 0 {
            agent_at[place] = agent_at[came_from[place]];
            place = came_from[place];
        }
    }
    let mut place_of = vec![0; agents];
    for place in 1..=places {
        if agent_at[place] != 0 {
            place_of[agent_at[place] - 1] = place - 1;
        }
    }
    place_of
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_sum_counts_and_not_the_largest_entry() {
        let profit = array![[10.0, 9.0], [9.0, 1.0]];
        assert_eq!(assign(profit.view()), [Some(1), Some(0)]);
    }

    #[test]
    fn without_rows_enough_the_worst_column_goes_without() {
        let profit = array![[1.0, 5.0, 2.0], [4.0, 4.5, 0.0]];
        assert_eq!(assign(profit.view()), [Some(1), Some(0), None]);
        assert_eq!(assign(profit.t()), [Some(1), Some(0)]);
    }

    #[test]
    fn it_is_the_best_of_all_permutations() {
        for seed in 0..50u32 {
            let entry = |i: usize, j: usize| {
                f64::from((seed * 37 + 11 * i as u32 + 5 * j as u32 * i as u32) % 17)
            };
            let profit = Array2::from_shape_fn((4, 4), |(i, j)| entry(i, j));
            let found: f64 = assign(profit.view())
                .iter()
                .enumerate()
                .map(|(column, row)| profit[[row.unwrap(), column]])
                .sum();
            let mut best = f64::NEG_INFINITY;
            for code in 0..256usize {
                let rows = [code % 4, code / 4 % 4, code / 16 % 4, code / 64];
                let distinct = (0..4).all(|i| (0..i).all(|j| rows[i] != rows[j]));
                if distinct {
                    best = best.max((0..4).map(|column| profit[[rows[column], column]]).sum());
                }
            }
            assert_eq!(found, best);
        }
    }
}
