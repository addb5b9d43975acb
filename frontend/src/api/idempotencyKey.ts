import { randomHex } from '../telemetry/ids';

/** Unguessable, so that no other request is taken for this one. */
export const newIdempotencyKey = () => randomHex(16);
