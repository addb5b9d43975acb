using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using PromotionsService.Telemetry;

namespace PromotionsService.Http;

/// <summary>Writes problem documents, whatever the caller accepts, with the telemetry of a request that ends in one.</summary>
public sealed class ProblemWriter(ILogger<ProblemWriter> logger)
{
    /// <summary>Seconds. A database that is down is most often back after a restart, which takes about this long.</summary>
    private const int RetryAfter = 5;

    /// <summary>The caller's mistake, or a rule of the shop.</summary>
    public Task RejectAsync(HttpContext context, Problem problem, IReadOnlyList<FieldError>? errors = null)
    {
        logger.RequestRejected(problem.Name, problem.Status, Method(context), Route(context));
        var tags = new ActivityTagsCollection { [Names.Attributes.ErrorType] = problem.Name };
        Activity.Current?.AddEvent(new ActivityEvent(Names.Events.RequestRejected, tags: tags));
        return WriteAsync(context, problem, errors);
    }

    public Task UnavailableAsync(HttpContext context, Exception exception)
    {
        var errorType = ErrorTypes.Of(exception);
        logger.DatabaseUnavailable(exception, errorType);
        CountAsError(context, errorType);
        context.Response.Headers.RetryAfter = RetryAfter.ToString(CultureInfo.InvariantCulture);
        return WriteAsync(context, Problem.Unavailable);
    }

    /// <summary>
    /// A defect of this service. The framework logs and counts nothing of an exception that is handled, so it is done here: error
    /// line, exception of the span, error.type of the metric.
    /// </summary>
    public Task CrashAsync(HttpContext context, Exception exception)
    {
        var errorType = ErrorTypes.Of(exception);
        logger.RequestCrashed(exception, errorType, Method(context), Route(context));
        Activity.Current?.AddException(exception);
        Activity.Current?.SetStatus(ActivityStatusCode.Error, errorType);
        CountAsError(context, errorType);
        return WriteAsync(context, Problem.InternalError);
    }

    private static Task WriteAsync(HttpContext context, Problem problem, IReadOnlyList<FieldError>? errors = null)
    {
        context.Response.StatusCode = problem.Status;
        var document = new ProblemDocument(Problem.TypePrefix + problem.Name, problem.Title, problem.Status, problem.Detail,
            Activity.Current?.TraceId.ToHexString(), errors);
        return context.Response.WriteAsJsonAsync(document, options: null, contentType: Problem.MediaType);
    }

    private static void CountAsError(HttpContext context, string errorType) =>
        context.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(new(Names.Attributes.ErrorType, errorType));

    /// <summary>The method as the metric has it: any other text is the caller's.</summary>
    private static string Method(HttpContext context) =>
        s_methods.TryGetValue(context.Request.Method, out var method) ? method : "_OTHER";

    private static readonly HashSet<string> s_methods = new(StringComparer.OrdinalIgnoreCase)
        { "CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE" };

    /// <summary>The exception handler has cleared the endpoint when it runs.</summary>
    private static string? Route(HttpContext context)
    {
        var endpoint = context.GetEndpoint() ?? context.Features.Get<IExceptionHandlerFeature>()?.Endpoint;
        return (endpoint as RouteEndpoint)?.RoutePattern.RawText;
    }
}

/// <summary>A problem as the result of an endpoint.</summary>
public sealed class ProblemResult(Problem problem, IReadOnlyList<FieldError>? errors = null) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext) =>
        httpContext.RequestServices.GetRequiredService<ProblemWriter>().RejectAsync(httpContext, problem, errors);
}
