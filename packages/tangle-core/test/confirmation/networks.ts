/** Committees for drawn DAGs. Equal weights lead in turn: A B C D, then again; of seven, A to G. */
import { drawDag, type DrawnDag, Follower, testNetwork, type TestNetwork } from '../../src/testing/index.js';

export const one: TestNetwork = testNetwork({ weights: [1], name: 'one' });
/** f = 1, Q = 3. */
export const four: TestNetwork = testNetwork({ weights: [1, 1, 1, 1], name: 'four' });
/** f = 2, Q = 5. */
export const seven: TestNetwork = testNetwork({ weights: [1, 1, 1, 1, 1, 1, 1], name: 'seven' });

export interface Scene {
  readonly dag: DrawnDag;
  readonly follower: Follower;
  /** Verdicts of the decided prefix from slot 1, such as `A1 direct` or `skip indirect`. */
  readonly verdicts: readonly string[];
}

/** Everything drawn, accepted in the order drawn. */
export function play(network: TestNetwork, text: string): Scene {
  const dag = drawDag(network, text);
  const follower = new Follower(network).acceptAll(dag.vertices);
  return { dag, follower, verdicts: verdictsOf(follower, dag) };
}

export function verdictsOf(follower: Follower, dag: DrawnDag): string[] {
  return follower.slots.map(({ round }) => follower.verdict(round, (id) => dag.nameOf(id)));
}
