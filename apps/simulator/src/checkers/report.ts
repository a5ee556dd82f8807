/** How a checker says that an invariant is broken: in words, with the ids and numbers that show it. */
export type Report = (detail: string) => void;
