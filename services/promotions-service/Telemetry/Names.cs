namespace PromotionsService.Telemetry;

/// <summary>Every name that this service puts into telemetry and that a dashboard, an alert or a reader may rely on.</summary>
public static class Names
{
    public const string Meter = "webstore/promotions-service";

    public static class Events
    {
        public const string ServiceStarted = "service.started";
        public const string ServiceStopping = "service.stopping";
        public const string ServiceFailed = "service.failed";
        public const string RequestRejected = "request.rejected";
        public const string RequestCrashed = "request.crashed";
        public const string PromotionChecked = "promotion.checked";
        public const string CouponValidated = "coupon.validated";
        public const string CouponRedeemed = "coupon.redeemed";
        public const string DatabaseMigrated = "database.migrated";
        public const string DatabaseUnavailable = "database.unavailable";
        public const string TelemetryExportFailed = "telemetry.export_failed";
    }

    public static class Attributes
    {
        public const string Event = "event.name";
        public const string Service = "service.name";
        public const string ErrorType = "error.type";
        public const string ExceptionType = "exception.type";
        public const string ExceptionMessage = "exception.message";
        public const string ExceptionStackTrace = "exception.stacktrace";
        public const string Method = "http.request.method";
        public const string MethodOriginal = "http.request.method_original";
        public const string Status = "http.response.status_code";
        public const string Route = "http.route";
        public const string ClientAddress = "client.address";
        public const string Path = "url.path";
        public const string UserAgent = "user_agent.original";
        public const string ServerPort = "server.port";
        public const string DatabaseOperation = "db.operation.name";
        public const string DatabaseCollection = "db.collection.name";
        public const string DatabaseSummary = "db.query.summary";
        public const string DatabaseVersion = "db.schema.version";
        public const string Dependency = "dependency";
        public const string User = "user.id";
        public const string Country = "country";
        public const string Order = "order.id";
        public const string OrderAmount = "order.amount";
        public const string Promotion = "promotion.id";
        public const string Discount = "promotion.discount";
        public const string HasDiscount = "has_discount";
        public const string Coupon = "coupon.code";
        public const string CouponType = "coupon_type";
        public const string CouponValid = "valid";
        public const string CouponIsValid = "coupon.valid";
        public const string CouponOutcome = "coupon.outcome";
        public const string Outcome = "outcome";
    }

    /// <summary>The collector adds _total to counters; the names of the first three are part of the shop's published metrics.</summary>
    public static class Metrics
    {
        public const string PromotionsChecked = "promotions_checked";
        public const string CouponsValidated = "coupons_validated";
        public const string DiscountAmount = "promotion_discount_amount_usd";
        public const string CouponRedemptions = "coupon_redemptions";
        public const string DependencyRetries = "webstore.dependency.retries";
    }

    /// <summary>The value of a label for everything that is not on its list.</summary>
    public const string Other = "other";

    /// <summary>The database, as a dependency and as the name of its pool.</summary>
    public const string Database = "postgresql";
}
