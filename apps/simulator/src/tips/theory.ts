/**
 * What theory says of uniform tip selection, to hold a simulation against. One shared view unless said otherwise: Poisson
 * arrivals at rate lambda, each seen by all a delay h later, k parents drawn uniformly with replacement from the visible
 * tips. Times are in h, a = lambda h, L is the number of visible tips, mu = k - 1. Sources: Popov, The Tangle v1.3 (2017),
 * sections 3 and 3.1 ("Popov"); what is not from there is derived here.
 *
 * The pool. A tip stays visible from h after its issue until h after its first approval. Each transaction picks k of L, so
 * a visible tip is first picked at rate k lambda / L, that is after L / (k lambda) on average. Little's law, L = lambda
 * (L / (k lambda) + h), gives L = k a / (k - 1) (Popov, equation 2).
 */
export interface UniformLaw {
  /** Visible tips over a. */
  readonly pool: number;
  /** Issue to first approval: h + Exp(h / mu). */
  readonly firstApproval: { readonly mean: number; readonly p50: number; readonly p95: number; readonly p99: number };
  /** Share of transactions with 1, 2, ... direct approvers: once picked it stays visible for another h, hence 1 + Poisson(mu). */
  readonly approvers: readonly number[];
  /** Every transaction gets one first approval and k are handed out: 1 - 1 / k of them are not the first. */
  readonly wastedPicks: number;
  /** Of the mean cumulative weight, per h, while it is small beside a. */
  readonly growthRate: number;
}

/** @param parents effective number k: above 1, and below the real one where part of all transactions approve nothing new */
export function uniformLaw(parents: number): UniformLaw {
  const mu = parents - 1;
  const wait = (share: number): number => 1 - Math.log(1 - share) / mu;
  return {
    pool: parents / mu,
    firstApproval: { mean: 1 + 1 / mu, p50: wait(0.5), p95: wait(0.95), p99: wait(0.99) },
    approvers: approversLaw(mu),
    wastedPicks: 1 - 1 / parents,
    growthRate: growthRate(mu),
  };
}

/**
 * Cumulative weight, early. A transaction is first picked at rate mu from age 1 on; from then on, for 1, it goes on being
 * picked at rate mu. So its approvers come at ages 1 + T and 1 + T + (points of rate mu in [0, 1]), T ~ Exp(mu); and as
 * long as cones are far smaller than the pool they do not overlap: descendants are a branching process. Its growth rate r
 * is the Malthusian one, at which the mean of the sum over approvers of exp(-r age) is 1:
 *
 *   exp(-r) * mu / (mu + r) * (1 + mu (1 - exp(-r)) / r) = 1
 *
 * At k = 2 that is .3305; Popov's .352 (W(1/2), section 3.1) takes all approvals to come at their mean age.
 */
export function growthRate(mu: number): number {
  const offspring = (r: number): number => Math.exp(-r) * (mu / (mu + r)) * (1 + (mu * -Math.expm1(-r)) / r);
  return bisect((r) => 1 - offspring(r), 1e-9, 10);
}

/**
 * Finite lambda h. A pool of L whole tips is missed by a transaction's k picks with probability (1 - 1/L)^k, since two
 * picks may meet; call p(L) = 1 - (1 - 1/L)^k, or k / L (at most 1) where picks are distinct. A tip waits 1 / p
 * transactions for its first approval, and Little's law reads L - 1 / p(L) = a: 1 at a = 0, where each transaction finds
 * only the one before it, and k a / (k - 1) + 1/2 (0 where picks are distinct) for large a.
 *
 * Fluctuations add a constant. Let D be the transactions that nobody approved yet, H those issued within the last h
 * (Poisson(a), independent of D an h ago); the visible tips are L(t) = D(t - 1), those of them not picked yet U = D - H.
 * Each transaction adds one to D and takes away k U / L on average, so E[U/L] = 1/k up to the meeting of picks. To second
 * order around the mean, with V = Var D and C = Cov(D(t), D(t - 1)), both in proportion to a: E[L] is larger by
 * (C - V/k) / a. And D follows, to first order, for its deviation x, that of H called y, and white noise w,
 *
 *   x'(t) = -mu (x(t) - x(t - 1) / k - y(t)) + sqrt(a (1 - 1/k)) w(t)
 *
 * whose spectrum is [mu^2 S_y + a (1 - 1/k)] / |i omega + mu (1 - exp(-i omega) / k)|^2, S_y = 2 a (1 - cos omega) /
 * omega^2. V gives the standard deviation of the pool as well.
 *
 * That is for large a. For small a the pool is 1, or 2 after two transactions within an h, which happens with probability
 * a; it stays 2 as long as all k picks meet, with probability 2^(1-k). So E[L] = 1 + a / (1 - 2^(1-k)), of which the equation
 * above has 1 + a. Of both corrections the smaller one is taken: each is exact at its end, and what they miss in between
 * is for a simulation to say: 4 % at most, at a = .2, for k = 2 to 8.
 */
export interface PoolLaw {
  /** Over lambda h, both. The deviation is for large lambda h only. */
  readonly mean: number;
  readonly sd: number;
}

export function poolLaw(lambdaH: number, parents: number, isReplacing = true): PoolLaw {
  const { variance, covariance } = fluctuations(parents);
  const still = stillPool(lambdaH, parents, isReplacing);
  const lingering = isReplacing ? 1 / (1 - 2 ** (1 - parents)) - 1 : 0;
  const correction = Math.min(lingering * lambdaH, covariance - variance / parents);
  return { mean: (still + correction) / lambdaH, sd: Math.sqrt(variance / lambdaH) };
}

/** The root L of L - 1 / p(L) = a. */
export function stillPool(lambdaH: number, parents: number, isReplacing: boolean): number {
  const missed = (pool: number): number => (isReplacing ? (1 - 1 / pool) ** parents : Math.max(0, 1 - parents / pool));
  const most = 2 + 2 * (parents / (parents - 1)) * (lambdaH + 1);
  return bisect((pool) => pool - 1 / (1 - missed(pool)) - lambdaH, 1, most);
}

/** Var D and Cov(D(t), D(t - h)), over lambda h, from the spectrum above. */
export function fluctuations(parents: number): { readonly variance: number; readonly covariance: number } {
  const mu = parents - 1;
  const density = (omega: number): number => {
    const seen = omega < 1e-4 ? 1 : (2 * (1 - Math.cos(omega))) / omega ** 2;
    const real = mu * (1 - Math.cos(omega) / parents);
    const imaginary = omega + (mu * Math.sin(omega)) / parents;
    return (mu ** 2 * seen + 1 - 1 / parents) / (real ** 2 + imaginary ** 2);
  };
  // Even in omega: 1 / pi times the integral from 0. Beyond the end the density is (1 - 1/k) / omega^2.
  const end = 40 * Math.PI;
  const variance = (integral(density, end) + (1 - 1 / parents) / end) / Math.PI;
  const covariance = integral((omega) => density(omega) * Math.cos(omega), end) / Math.PI;
  return { variance, covariance };
}

/**
 * A hostile share q of all transactions that approves nothing new (inflation): picks come from the rest alone, so that
 * everything reads as with k (1 - q) parents. At q = 1 - 1/k and above there is no steady state: the pool grows.
 */
export function effectiveParents(parents: number, attackShare: number): number {
  return parents * (1 - attackShare);
}

/** What the pool gains in an h, over lambda h, once inflation outgrows it: hardly any pick meets another then. */
export function divergence(parents: number, attackShare: number): number {
  return Math.max(0, 1 - effectiveParents(parents, attackShare));
}

/**
 * Restricted age. Tips are drawn until they are D old, so they are visible unpicked for D - 1 at most, and picked ones for
 * no more than another 1. With m the rate at which a tip is picked, the pool is a (1 + (1 - exp(-m (D - 2))) / m), and
 * k a / m as well: m = mu + exp(-m (D - 2)), for D >= 2; for D < 2 it is k / (D - 1). Never approved: exp(-m (D - 1)), which is
 * exp(-mu (D - 1)) for large D.
 */
export function neverApproved(parents: number, maxAge: number): number {
  return Math.exp(-restrictedRate(parents, maxAge) * (maxAge - 1));
}

/** Visible tips over a. */
export function restrictedPool(parents: number, maxAge: number): number {
  return parents / restrictedRate(parents, maxAge);
}

function restrictedRate(parents: number, maxAge: number): number {
  const mu = parents - 1;
  if (maxAge < 2) return parents / Math.max(1e-9, maxAge - 1);
  return bisect((rate) => rate - mu - Math.exp(-rate * (maxAge - 2)), 0, parents + 1);
}

/**
 * n local views: a node sees its own transactions at once, those of the others h later; each issues an n-th of all. Let g
 * be the rate at which one view picks a given tip of its own pool of L: g = k lambda / (n L). In the view of its issuer a
 * tip is unapproved at age s if that view did not pick it, exp(-g s), and none of the others, who have it from age 1, did
 * before s - 1. In another view, from age 1: not picked there, nor by the issuer before s - 1, nor by the n - 2 others. With
 * e = exp(-2 g) the mean times in a pool add up to L = (L / k) ((1 - e) (n + 1) / 2 + e), so that
 *
 *   e = 1 - 2 (k - 1) / (n - 1)   and   L / a = 2 k / (-n ln e)
 *
 * which tends to k / (k - 1) as n grows. At n <= 2 k - 1 it is no longer in proportion to a: null.
 */
export function localPool(parents: number, views: number): number | null {
  const left = views === 1 ? 0 : 1 - (2 * (parents - 1)) / (views - 1);
  return left <= 0 ? null : (2 * parents) / (-views * Math.log(left));
}

/** Issue to first approval with n local views, in h: the issuer alone picks until age 1, then all of them. */
export function localFirstApproval(parents: number, views: number): number | null {
  const pool = localPool(parents, views);
  if (pool === null) return null;
  const rate = parents / (views * pool);
  return (1 - Math.exp(-rate)) / rate + Math.exp(-rate) / (views * rate);
}

/** Half the sum of the differences of two distributions over 1, 2, ... */
export function totalVariation(one: readonly number[], other: readonly number[]): number {
  const length = Math.max(one.length, other.length);
  let sum = 0;
  for (let index = 0; index < length; index += 1) sum += Math.abs((one[index] ?? 0) - (other[index] ?? 0));
  return sum / 2;
}

function approversLaw(mu: number): number[] {
  const law: number[] = [];
  let chance = Math.exp(-mu);
  for (let further = 1; chance > 1e-9 || further <= mu + 1; further += 1) {
    law.push(chance);
    chance *= mu / further;
  }
  return law;
}

/** The root of an ascending function. */
function bisect(rising: (x: number) => number, least: number, most: number): number {
  let [low, high] = [least, most];
  for (let step = 0; step < 100; step += 1) {
    const middle = (low + high) / 2;
    if (rising(middle) < 0) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return (low + high) / 2;
}

/** From 0, by Simpson's rule. */
function integral(density: (x: number) => number, end: number): number {
  const steps = 4_000;
  const width = end / steps;
  let sum = density(0) + density(end);
  for (let step = 1; step < steps; step += 1) sum += density(step * width) * (step % 2 === 1 ? 4 : 2);
  return (sum * width) / 3;
}
