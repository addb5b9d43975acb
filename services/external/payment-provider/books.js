import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';

/** @import { Entry } from './transactions.js' */

/** What was decided, by idempotency key, on disk. */
export class Books {
  /** @type {ClassicLevel<string, Entry>} */
  #database;
  /** @type {Map<string, Promise<Entry>>} the last decision under way for a key */
  #turns = new Map();

  #directory;
  #temporary;

  /** @param {string} [directory] default: a temporary one, which goes when the books are closed */
  constructor(directory) {
    this.#temporary = !directory;
    this.#directory = directory || mkdtempSync(join(tmpdir(), 'payment-provider-'));
    this.#database = new ClassicLevel(this.#directory, { valueEncoding: 'json' });
  }

  async open() {
    await this.#database.open();
  }

  async close() {
    await this.#database.close();
    if (this.#temporary) rmSync(this.#directory, { recursive: true });
  }

  /**
   * @param {string} key
   * @returns {Entry | undefined}
   */
  get(key) {
    return this.#database.getSync(key);
  }

  /**
   * Decides on a key, one decision at a time. What was decided is on the disk when this resolves.
   * @param {string} key
   * @param {(earlier: Entry | undefined) => Entry} decide returns the earlier entry to leave it as it is
   * @returns {Promise<Entry>}
   */
  async decide(key, decide) {
    const turn = this.#decideAfter(this.#turns.get(key), key, decide);
    this.#turns.set(key, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(key) === turn) this.#turns.delete(key);
    }
  }

  /**
   * In the order of keys, which no later entry changes: a walk from page to page sees each entry once.
   * @param {number} limit
   * @param {string} [after] key of the last entry of the page before
   * @returns {Promise<[string, Entry][]>}
   */
  page(limit, after = '') {
    return this.#database.iterator({ gt: after, limit }).all();
  }

  /**
   * @param {Promise<Entry> | undefined} previous
   * @param {string} key
   * @param {(earlier: Entry | undefined) => Entry} decide
   */
  async #decideAfter(previous, key, decide) {
    await previous?.catch(() => {}); // its own caller hears of it
    const earlier = this.get(key);
    const entry = decide(earlier);
    if (entry !== earlier) await this.#database.put(key, entry, { sync: true });
    return entry;
  }
}
