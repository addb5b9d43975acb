namespace PromotionsService.Storage;

/// <summary>A statement with the names that its span carries.</summary>
public sealed record Statement(string Operation, string Collection, string Text)
{
    public string Summary { get; } = $"{Operation} {Collection}";
}

/// <summary>Every statement that a request may run. Their spans are named here, not by parsing the text.</summary>
public static class Sql
{
    private const string Coupons = "coupons";
    private const string Redemptions = "redemptions";
    private const string CouponColumns = "code, discount_type, value, min_amount_cents, max_uses, used";
    private const string RedemptionColumns = "order_id, coupon_code, user_id, redeemed_at";

    /// <summary>Leaves no span, as it is a probe's.</summary>
    public static Statement Ping { get; } = new("SELECT", "schema_version", "select version from promotions.schema_version");

    public static Statement FindCoupon { get; } = new("SELECT", Coupons,
        $"select {CouponColumns} from promotions.coupons where code = $1");

    public static Statement ListCoupons { get; } = new("SELECT", Coupons,
        $"select {CouponColumns} from promotions.coupons order by code");

    public static Statement FindRedemption { get; } = new("SELECT", Redemptions,
        $"select {RedemptionColumns} from promotions.redemptions where order_id = $1");

    public static Statement ListRedemptions { get; } = new("SELECT", Redemptions,
        $"select {RedemptionColumns} from promotions.redemptions where order_id > $1 order by order_id limit $2");

    /// <summary>Inserts nothing for an unknown coupon, and nothing for an order that has a redemption.</summary>
    public static Statement InsertRedemption { get; } = new("INSERT", Redemptions,
        $"""
        insert into promotions.redemptions (order_id, coupon_code, user_id)
        select $1, code, $3 from promotions.coupons where code = $2
        on conflict (order_id) do nothing
        returning {RedemptionColumns}
        """);

    /// <summary>Locks the coupon's row, so that concurrent redemptions of one coupon queue up here.</summary>
    public static Statement UseCoupon { get; } = new("UPDATE", Coupons,
        "update promotions.coupons set used = used + 1 where code = $1 and used < max_uses");

    /// <returns>The statement whose span is named here, or null.</returns>
    public static Statement? Find(string text) => s_byText.GetValueOrDefault(text);

    private static readonly Dictionary<string, Statement> s_byText =
        new[] { FindCoupon, ListCoupons, FindRedemption, ListRedemptions, InsertRedemption, UseCoupon }
            .ToDictionary(statement => statement.Text);
}
