/** A failure of the set-up that its message explains; shown without a stack. */
export class SetupError extends Error {}
