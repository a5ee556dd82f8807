/** What a token lets its bearer do at a node's API. None of them implies another. */

export const SCOPES = {
  /** Whatever the node holds: transactions, devices, readings, events, the log, the metrics. */
  read: 'read everything that the node serves',
  /** Transactions of any type but registry changes; and what signing one needs: the network and tips. */
  submit: 'submit transactions, other than changes of the registry',
  /** Registry changes (the ledger checks the signer's role besides), and backups of the node. */
  admin: 'submit changes of the registry, back up the node',
} as const;

export type Scope = keyof typeof SCOPES;

/** Scopes in the order in which they are shown. */
export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[];

export function isScope(name: string): name is Scope {
  return Object.hasOwn(SCOPES, name);
}
