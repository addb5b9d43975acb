import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Repeatable random numbers: the same seed gives the same sequence. */
export class Random {
  #generator;

  /** @param {number} seed unsigned 32-bit integer */
  constructor(seed) {
    this.#generator = xoroshiro128plus(seed);
  }

  /**
   * @param {number} min
   * @param {number} max
   * @returns {number} an integer from min to max, both included
   */
  integer(min, max) {
    return uniformInt(this.#generator, min, max);
  }

  /** @returns {number} from 0 (included) to 1 (excluded) */
  fraction() {
    return uniformFloat64(this.#generator);
  }
}
