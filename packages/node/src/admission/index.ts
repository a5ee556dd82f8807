/** Which transactions a node takes from those who submit to it, beyond what makes them valid. */
export { Admission } from './admission.js';
export type { AdmissionOptions } from './admission.js';
export { DeviceRates } from './device-rates.js';
export { FairShare } from './fair-share.js';
