/**
 * A map that forgets its oldest entry rather than grow without end.
 * @template K, V
 * @extends {Map<K, V>}
 */
export class BoundedMap extends Map {
  #limit;

  /** @param {number} limit largest number of entries */
  constructor(limit) {
    super();
    this.#limit = limit;
  }

  /**
   * @param {K} key
   * @param {V} value
   * @override
   */
  set(key, value) {
    super.set(key, value);
    if (this.size > this.#limit) this.delete(/** @type {K} */ (this.keys().next().value));
    return this;
  }
}
