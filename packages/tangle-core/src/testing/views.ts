/** Closed sub-views of a DAG in random orders of arrival: what different nodes may see of it, and when. */
import { present } from '../assert.js';
import type { DrawnVertex } from './dag.js';
import type { Prng } from './prng.js';

function citedBy(vertex: DrawnVertex): readonly string[] {
  if (vertex.kind === 'transaction') return vertex.parents;
  return [...(vertex.self === null ? [] : [vertex.self]), ...vertex.prev, ...vertex.tips];
}

/** A closed part of the vertices: some are cut out with everything above them, or only what some stand on is kept. */
export function randomSubView(vertices: readonly DrawnVertex[], prng: Prng): DrawnVertex[] {
  return prng.chance(0.5) ? withoutSome(vertices, prng) : belowSome(vertices, prng);
}

function withoutSome(vertices: readonly DrawnVertex[], prng: Prng): DrawnVertex[] {
  const probability = (prng.pick([0, 1, 3]) ?? 0) / Math.max(1, vertices.length);
  const cut = new Set<string>();
  return vertices.filter((vertex) => {
    const isCut = prng.chance(probability) || citedBy(vertex).some((id) => cut.has(id));
    if (isCut) cut.add(vertex.id);
    return !isCut;
  });
}

function belowSome(vertices: readonly DrawnVertex[], prng: Prng): DrawnVertex[] {
  const kept = new Set<string>();
  const tops = 1 + prng.below(4);
  for (let count = 0; count < tops; count++) {
    kept.add(present(prng.pick(vertices.slice(Math.floor(vertices.length / 2))), 'a DAG has vertices').id);
  }
  return [...vertices]
    .reverse()
    .filter((vertex) => {
      if (!kept.has(vertex.id)) return false;
      for (const id of citedBy(vertex)) kept.add(id);
      return true;
    })
    .reverse();
}

/** A random topological order. Some authors' statements come as late as they can: a slow link. */
export function randomArrival(vertices: readonly DrawnVertex[], prng: Prng): DrawnVertex[] {
  const slow = new Set(prng.chance(0.5) ? [prng.below(10), prng.below(10)] : []);
  const isSlow = (vertex: DrawnVertex): boolean => vertex.kind === 'statement' && slow.has(vertex.author);
  const waiting = new Map<string, Waiting>();
  for (const vertex of vertices) waiting.set(vertex.id, { vertex, missing: 0, citing: [] });
  const ready: DrawnVertex[] = [];
  for (const above of waiting.values()) {
    for (const id of new Set(citedBy(above.vertex))) {
      const cited = waiting.get(id);
      if (cited === undefined) continue;
      cited.citing.push(above);
      above.missing++;
    }
    if (above.missing === 0) ready.push(above.vertex);
  }
  const order: DrawnVertex[] = [];
  while (ready.length > 0) {
    let index = prng.below(ready.length);
    if (isSlow(present(ready[index], 'an index within the list'))) {
      const fast = ready.findIndex((vertex) => !isSlow(vertex));
      if (fast >= 0) index = fast;
    }
    const [vertex] = ready.splice(index, 1);
    if (vertex === undefined) break;
    order.push(vertex);
    for (const above of waiting.get(vertex.id)?.citing ?? []) {
      above.missing--;
      if (above.missing === 0) ready.push(above.vertex);
    }
  }
  return order;
}

interface Waiting {
  readonly vertex: DrawnVertex;
  /** How many of those it cites have not arrived. */
  missing: number;
  readonly citing: Waiting[];
}
