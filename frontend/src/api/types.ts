/** main-service's responses. Amounts are US dollars. */

export const COUNTRIES = ['US', 'UK', 'DE', 'FR', 'JP', 'BR', 'IN'] as const;
export type Country = (typeof COUNTRIES)[number];

export const PAYMENT_METHODS = ['credit_card', 'debit_card', 'paypal'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

export interface Product {
  id: number;
  name: string;
  price: number;
  stock: number;
  category: string;
}

export interface CartItem {
  id: number;
  product_id: number;
  product_name: string;
  price: number;
  quantity: number;
  subtotal: number;
}

export interface Cart {
  user_id: string;
  items: CartItem[];
  total: number;
}

/** `skipped` are the products that the shop does not know. */
export interface MergedCart extends Cart {
  skipped: number[];
}

export interface MergeItem {
  product_id: number;
  quantity: number;
}

export interface Login {
  token: string;
  user_id: string;
  expires_in: number;
}

/** Why there is a discount, or why not. */
export type DiscountOutcome = 'applied' | 'none' | 'invalid' | 'unavailable' | 'not_configured';

export interface Quote {
  subtotal: number;
  discount: number;
  total: number;
  promotion_code: string | null;
  coupon_code: string | null;
  discount_outcome: DiscountOutcome;
  message: string;
}

export interface Coupon {
  code: string;
  discountType: string;
  discountValue: number;
  minAmount: number;
  remainingUses: number;
}

export type OrderStatus =
  'pending' | 'authorised' | 'confirmed' | 'declined' | 'failed' | 'cancelling' | 'cancelled';

export type Fulfilment = 'reserved' | 'delayed';

export interface CheckoutRequest {
  payment_method: PaymentMethod;
  country: Country;
  coupon_code?: string;
}

export interface CheckoutResult {
  order_id: number;
  status: OrderStatus;
  fulfilment: Fulfilment | null;
  total_amount: number;
  discount_amount: number;
  promotion_code: string | null;
  coupon_code: string | null;
  discount_outcome: DiscountOutcome;
  payment_transaction_id: string | null;
  trace_id?: string | null;
}

export interface OrderLine {
  product_id: number;
  product_name: string;
  quantity: number;
  price: number;
  subtotal: number;
  reserved: boolean;
  fulfillment_days: number | null;
}

export interface Order {
  id: number;
  status: OrderStatus;
  status_reason: string | null;
  fulfilment: Fulfilment | null;
  total_amount: number;
  discount_amount: number;
  promotion_code: string | null;
  coupon_code: string | null;
  country: string;
  payment_method: string;
  payment_transaction_id: string | null;
  created_at: string;
  items: OrderLine[];
  trace_id?: string | null;
}

export interface OrdersPage {
  orders: Order[];
  next_before: number | null;
}
