using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using PromotionsService.Config;
using PromotionsService.Http;
using PromotionsService.Storage;
using PromotionsService.Telemetry;

// The environment is read once. Arguments are for tests alone.
var environment = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
try
{
    var settings = Settings.Load(environment);
    // Empty: no configuration files, which would be watched, and nothing that the environment could change behind Settings.
    var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { Args = args });
    builder.AddTelemetry(settings);
    builder.Services.AddStorage(settings);
    builder.Services.AddHttp();
    builder.WebHost.UseKestrelCore().ConfigureKestrel(options => ServerLimits.Apply(options, settings.Port));
    // The longest request takes about as long; a container engine kills after 10 s, and the flush comes after this.
    builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(5));

    var app = builder.Build();
    app.UseHttp();
    app.Lifetime.ApplicationStopping.Register(() => app.Logger.ServiceStopping());
    var flush = new Flush(app.Services);
    await app.StartAsync();
    app.Logger.ServiceStarted(Port(app));
    await app.WaitForShutdownAsync();
    flush.Run();
    await app.DisposeAsync();
    return 0;
}
catch (Exception exception) when (exception is SettingException or IOException)
{
    StartFailure.Write(exception);
    return 1;
}

static int Port(WebApplication app)
{
    var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses;
    return addresses?.FirstOrDefault() is { } address ? BindingAddress.Parse(address).Port : 0;
}
