/** The pages of a user who is logged in: one part of the build, loaded when it is needed. */

export { CheckoutPage } from './CheckoutPage';
export { OrderPage } from './OrderPage';
export { OrdersPage } from './OrdersPage';
