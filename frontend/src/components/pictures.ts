/** Product pictures by name, with a fallback for each category. */

import box from '../assets/products/box.svg';
import chair from '../assets/products/desk-chair.svg';
import electronics from '../assets/products/electronics.svg';
import furniture from '../assets/products/furniture.svg';
import headphones from '../assets/products/headphones.svg';
import keyboard from '../assets/products/keyboard.svg';
import laptop from '../assets/products/laptop.svg';
import monitor from '../assets/products/monitor.svg';
import mouse from '../assets/products/mouse.svg';
import smartphone from '../assets/products/smartphone.svg';
import webcam from '../assets/products/webcam.svg';

const PRODUCTS = new Map([
  ['Laptop', laptop],
  ['Smartphone', smartphone],
  ['Headphones', headphones],
  ['Desk Chair', chair],
  ['Monitor', monitor],
  ['Keyboard', keyboard],
  ['Mouse', mouse],
  ['Webcam', webcam],
]);
const CATEGORIES = new Map([
  ['Electronics', electronics],
  ['Furniture', furniture],
]);

/** Lines of a cart or an order have no category. */
export function pictureOf(name: string, category = ''): string {
  return PRODUCTS.get(name) ?? CATEGORIES.get(category) ?? box;
}
