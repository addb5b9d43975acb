/** Imported first: what has to listen before the rest of the shop runs. */
export {};
