/** Every planted bug. A new rule of the protocol gets one here: what no mutant breaks, no check is known to hold. */
import type { Mutant } from '../mutant.js';
import { LEDGER_MUTANTS } from './ledger.js';
import { LOG_MUTANTS } from './log.js';
import { ORDER_MUTANTS } from './order.js';
import { PACEMAKER_MUTANTS } from './pacemaker.js';
import { PAST_MUTANTS } from './past.js';
import { REPAIR_MUTANTS } from './repair.js';
import { RULE_MUTANTS } from './rule.js';
import { VALIDITY_MUTANTS } from './validity.js';

export const MUTANTS: readonly Mutant[] = [
  ...RULE_MUTANTS,
  ...ORDER_MUTANTS,
  ...LEDGER_MUTANTS,
  ...VALIDITY_MUTANTS,
  ...PACEMAKER_MUTANTS,
  ...PAST_MUTANTS,
  ...REPAIR_MUTANTS,
  ...LOG_MUTANTS,
];
