/** What the node tells its operator. */
export { createLogger, LOG_LEVELS, SECRET_NAMES } from './log.js';
export type { Logger, LogLevel, LogOptions } from './log.js';
export { bytesBelow } from './disk-meter.js';
export { LogThrottle } from './log-throttle.js';
export type { LogThrottleOptions } from './log-throttle.js';
export { NodeMetrics } from './node-metrics.js';
export type { MetricSources, PeerLevel, QueueLevel } from './node-metrics.js';
