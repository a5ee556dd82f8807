export { Doubt } from './doubt.js';
export { Pacemaker, PACEMAKER_DEFAULTS, type PacemakerLimits, type PacemakerStep } from './pacemaker.js';
export { propose, type Proposal } from './proposer.js';
