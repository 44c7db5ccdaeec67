/** Why a command did not do what it was asked, in a sentence for whoever called it. */
export class Refusal extends Error {}
