/** What the node tells its operator. */
export { createLogger, LOG_LEVELS } from './log.js';
export type { Logger, LogLevel, LogOptions } from './log.js';
export { LogThrottle } from './log-throttle.js';
export type { LogThrottleOptions } from './log-throttle.js';
