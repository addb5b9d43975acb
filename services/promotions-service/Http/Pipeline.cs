using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace PromotionsService.Http;

/// <summary>What every request passes, from the outside in, and the routes.</summary>
public static class Pipeline
{
    public static void AddHttp(this IServiceCollection services)
    {
        services.AddRouting();
        services.AddOpenApiDocument();
        services.AddSingleton<ProblemWriter>();
        services.AddExceptionHandler<ExceptionProblems>();
        services.ConfigureHttpJsonOptions(options => Json.Configure(options.SerializerOptions));
        // The exception says which member can't be read; without it there is only a bare 400.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    public static void UseHttp(this WebApplication app)
    {
        app.UseExceptionHandler(_ => { });
        app.UseStatusCodePages(context => context.HttpContext.RequestServices.GetRequiredService<ProblemWriter>()
            .RejectAsync(context.HttpContext, Problem.Of(context.HttpContext.Response.StatusCode)));
        app.Use(AcceptUtf8Alone);
        var routes = app.MapGroup("");
        ((IEndpointConventionBuilder)routes).Finally(AddHead);
        routes.MapProbes();
        routes.MapPromotions();
        routes.MapOpenApi(OpenApiDocuments.Path);
    }

    /// <summary>
    /// A charset that .NET does not know is a crash in the framework, also `"utf-8"` in quotes, and others would be transcoded. So
    /// UTF-8 is taken off, and any other makes the content type one that no route accepts.
    /// </summary>
    private static Task AcceptUtf8Alone(HttpContext context, RequestDelegate next)
    {
        if (MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) && type.Charset.HasValue)
        {
            var isUtf8 = HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
            context.Request.ContentType = isUtf8 ? type.MediaType.Value : null;
        }

        return next(context);
    }

    private static void AddHead(EndpointBuilder endpoint)
    {
        if (endpoint.Metadata.OfType<HttpMethodMetadata>().LastOrDefault() is { HttpMethods: ["GET"] } get)
        {
            endpoint.Metadata.Remove(get);
            endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        }
    }
}
